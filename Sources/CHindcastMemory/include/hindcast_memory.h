#ifndef HINDCAST_MEMORY_H
#define HINDCAST_MEMORY_H

#include <stddef.h>

/// How malloc keeps what is freed, for a process of `arenas` arenas at most: blocks of `mapped_bytes` and more go back to the
/// system as soon as they are freed. For the whole process; does nothing where malloc cannot be told.
void hindcast_memory_keep_little(int arenas, size_t mapped_bytes);

/// Gives free pages back to the system. Takes each arena's lock for a while: some milliseconds for a heap of gigabytes.
void hindcast_memory_give_back(void);

#endif
