/* yaml_trace.h: traces as text, and back to the same bytes.
 *
 * Any file can be dumped: what cannot be read as records is kept as bytes, so
 * that building a dump gives the file again, byte for byte. docs/yaml.md
 * describes the text. */
#ifndef GOTRACE_YAML_YAML_TRACE_H
#define GOTRACE_YAML_YAML_TRACE_H
#include <stdio.h>

#include "base/vec.h"
#include "io/source.h"

/* Writes the trace at path ("-": standard input), of any version and packed or
 * not, to `out`. A broken trace is no error; when the input cannot be read to
 * its end (a damaged packing, the system), what came before is written. */
gotrace_status yaml_dump(const char *trace_path, FILE *out, gotrace_diag *diag);
gotrace_status yaml_dump_source(source *src, FILE *out, gotrace_diag *diag);

/* Adds the bytes of the trace that the YAML at path ("-": standard input)
 * describes to *out. GOTRACE_DAMAGED when it is wrong: diag->what then begins
 * with file:line:column. */
gotrace_status yaml_build(const char *yaml_path, struct buf *out, gotrace_diag *diag);
/* The same from text in memory; `name` stands for the file in errors. */
gotrace_status yaml_build_memory(const void *text, size_t len, const char *name, struct buf *out,
                                 gotrace_diag *diag);
/* Builds into a file, which appears whole or not at all ("-": standard output). */
gotrace_status yaml_build_file(const char *yaml_path, const char *trace_path, gotrace_diag *diag);
#endif
