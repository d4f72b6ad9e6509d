#include "script/limits/c_stack.h"

#include <sys/resource.h>

/* Linux grows the main thread's stack as it is used, up to the limit of that
 * moment, and keeps much more than this free below it from the start. */
static const rlim_t WANTED_BYTES = (rlim_t)8 << 20;

/* The limit, raised if it is low and may be. */
static rlim_t stack_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) != 0)
        return WANTED_BYTES / 2;
    struct rlimit raised = {WANTED_BYTES, limit.rlim_max};
    if (limit.rlim_max < WANTED_BYTES)
        raised.rlim_cur = limit.rlim_max;
    if (limit.rlim_cur < raised.rlim_cur && setrlimit(RLIMIT_STACK, &raised) == 0)
        return raised.rlim_cur;
    return limit.rlim_cur < WANTED_BYTES ? limit.rlim_cur : WANTED_BYTES;
}

void c_stack_begin(struct c_stack *out)
{
    out->begin = __builtin_frame_address(0);
    out->size = (size_t)stack_limit();
}

size_t c_stack_used(const struct c_stack *stack)
{
    return (size_t)(stack->begin - (const char *)__builtin_frame_address(0));
}
