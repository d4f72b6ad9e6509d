/* interrupting.c: a handler of signals that interrupts, for specs: LuaJIT has none of its
 * own. engine.lua compiles it. */
static void (*interrupt)(void *);
static void *interrupter;

void interrupting_set(void (*function)(void *), void *arg);
void interrupting_handle(int sig);

void interrupting_set(void (*function)(void *), void *arg)
{
    interrupt = function;
    interrupter = arg;
}

void interrupting_handle(int sig)
{
    (void)sig;
    interrupt(interrupter);
}
