/* main.c: the program. The command line is parsed in lua/gotrace/cli/cli.lua. */
#include <stdio.h>

#include "script/host.h"
#include "yaml/yaml_trace.h"

static gotrace_status yaml(const char *in, const char *out, gotrace_diag *diag)
{
    (void)out;
    return yaml_dump(in, stdout, diag);
}

int main(int argc, char **argv)
{
    static const struct host_command commands[] = {
        {"yaml", yaml},
        {"build", yaml_build_file},
        {NULL, NULL},
    };
    return host_run(argc, argv, commands);
}
