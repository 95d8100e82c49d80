// Counts, per thread, the calls of libc that the recording path promises not to make, and catches system calls.
//
// Built by tests/malloc_interposer.rs and put before libc with LD_PRELOAD. The counts are initial-exec thread-locals:
// reading them allocates nothing. System calls are caught by the kernel's syscall user dispatch, so one that does not
// go through a libc function is seen as well.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>

enum { MEMORY, LOCKS, CALLS, CLOCKS, KERNEL, CLASSES };

static __thread unsigned long counts[CLASSES] __attribute__((tls_model("initial-exec")));

void ocp_counts(unsigned long out[CLASSES]) {
    for (int class = 0; class < CLASSES; class++) out[class] = counts[class];
}

// --- memory: glibc's own names are taken, because dlsym itself allocates

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

void *malloc(size_t size) { counts[MEMORY]++; return __libc_malloc(size); }
void *calloc(size_t count, size_t size) { counts[MEMORY]++; return __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { counts[MEMORY]++; return __libc_realloc(old, size); }
void free(void *old) { counts[MEMORY]++; __libc_free(old); }
void *memalign(size_t align, size_t size) { counts[MEMORY]++; return __libc_memalign(align, size); }
void *aligned_alloc(size_t align, size_t size) { counts[MEMORY]++; return __libc_memalign(align, size); }

int posix_memalign(void **out, size_t align, size_t size) {
    counts[MEMORY]++;
    *out = __libc_memalign(align, size);
    return *out ? 0 : ENOMEM;
}

// --- everything else: counted, then passed on to the next library that has it

#define NEXT(result, name, parameters, arguments, class)                         \
    result name parameters {                                                     \
        static result(*next) parameters;                                         \
        if (!next) *(void **)&next = dlsym(RTLD_NEXT, #name);                     \
        counts[class]++;                                                         \
        return next arguments;                                                   \
    }

NEXT(void *, mmap, (void *at, size_t size, int prot, int flags, int file, off_t from),
     (at, size, prot, flags, file, from), MEMORY)
NEXT(void *, mmap64, (void *at, size_t size, int prot, int flags, int file, off64_t from),
     (at, size, prot, flags, file, from), MEMORY)
NEXT(int, munmap, (void *at, size_t size), (at, size), MEMORY)
NEXT(int, mprotect, (void *at, size_t size, int prot), (at, size, prot), MEMORY)
NEXT(int, madvise, (void *at, size_t size, int advice), (at, size, advice), MEMORY)
NEXT(int, brk, (void *at), (at), MEMORY)
NEXT(void *, sbrk, (intptr_t by), (by), MEMORY)

NEXT(int, pthread_mutex_lock, (pthread_mutex_t * mutex), (mutex), LOCKS)
NEXT(int, pthread_mutex_trylock, (pthread_mutex_t * mutex), (mutex), LOCKS)
NEXT(int, pthread_rwlock_rdlock, (pthread_rwlock_t * lock), (lock), LOCKS)
NEXT(int, pthread_rwlock_wrlock, (pthread_rwlock_t * lock), (lock), LOCKS)
NEXT(int, pthread_cond_wait, (pthread_cond_t * cond, pthread_mutex_t *mutex), (cond, mutex), LOCKS)
NEXT(int, pthread_spin_lock, (pthread_spinlock_t * lock), (lock), LOCKS)

NEXT(int, sched_yield, (void), (), CALLS)
NEXT(int, nanosleep, (const struct timespec *time, struct timespec *left), (time, left), CALLS)

// Rust's futex, getrandom and gettid come through here.
long syscall(long number, ...) {
    static long (*next)(long, ...);
    if (!next) *(void **)&next = dlsym(RTLD_NEXT, "syscall");
    counts[CALLS]++;
    va_list list;
    va_start(list, number);
    long a = va_arg(list, long), b = va_arg(list, long), c = va_arg(list, long);
    long d = va_arg(list, long), e = va_arg(list, long), f = va_arg(list, long);
    va_end(list);
    return next(number, a, b, c, d, e, f);
}

NEXT(int, clock_gettime, (clockid_t clock, struct timespec *time), (clock, time), CLOCKS)
NEXT(int, gettimeofday, (struct timeval * time, void *zone), (time, zone), CLOCKS)

// --- system calls, at the kernel's door

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_OFF 0
#define PR_SYS_DISPATCH_ON 1
#endif

#if defined(__x86_64__)

static __thread volatile char is_watching __attribute__((tls_model("initial-exec")));

// The first system call of a watched section ends the watch, is counted, and is made after all.
static void caught(int signal, siginfo_t *info, void *context) {
    (void)signal;
    (void)info;
    is_watching = 0;
    counts[KERNEL]++;
    // Back to the two bytes of `syscall`; the kernel has restored the registers.
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] -= 2;
}

// Watches the calling thread from here on; 0, or the error of the system.
int ocp_watch(void) {
    struct sigaction action = {.sa_sigaction = caught, .sa_flags = SA_SIGINFO};
    is_watching = 0;
    if (sigaction(SIGSYS, &action, NULL) != 0) return errno;
    if (prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 0, 0, &is_watching) != 0) return errno;
    is_watching = 1;
    return 0;
}

void ocp_unwatch(void) {
    is_watching = 0;
    prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_OFF, 0, 0, 0);
}

#else

int ocp_watch(void) { return ENOSYS; }
void ocp_unwatch(void) {}

#endif
