#ifndef HINDCAST_MEMORY_H
#define HINDCAST_MEMORY_H

// A process that links this has jemalloc in the place of the system's malloc, told to keep little of what is freed. Where that
// is not to be had, nothing changes.

/// How many arenas jemalloc was told to have; 0: another malloc is in use.
unsigned hindcast_memory_arenas(void);

#endif
