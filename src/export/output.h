/* output.h: the file of an export, for formats that do not write it from begin to end
 * (gotrace_output, gotrace_lua.h). */
#ifndef GOTRACE_EXPORT_OUTPUT_H
#define GOTRACE_EXPORT_OUTPUT_H
#include "base/diag.h"
#include "gotrace_lua.h"

/* As sink_descriptors; false also where it is packed. */
bool output_descriptors(const gotrace_output *o, int *file, int *folder);
#endif
