#ifndef HINDCAST_MEMORY_H
#define HINDCAST_MEMORY_H

// A process that links this has a malloc that keeps little of what is freed: few arenas, and large blocks go back to the
// system as soon as they are freed. Where malloc cannot be told, nothing changes.

/// Gives free pages back to the system. Takes each arena's lock for a while: some milliseconds for a heap of gigabytes.
void hindcast_memory_give_back(void);

#endif
