#ifndef LIMITS_H
#define LIMITS_H
#include "measure.h"

// NULL: there is none of that name. `path` is where JSON lines go.
const struct sink *limits_sink(const char *name, const char *path);
#endif
