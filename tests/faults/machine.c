/* What a machine does to its programs: a disk that takes its time, a clock that is set.
 *
 * The file FAULTY_MACHINE holds two numbers, which are read anew at each call: how many milliseconds
 * a flush takes longer, and how many milliseconds the clock is ahead. Clocks that only count on are
 * left alone, as they are when a real clock is set. libfaketime is not used, since its 0.9.10 makes
 * Python's sleep fail.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { FLUSH, CLOCK, NUMBERS };

static const volatile int64_t *told;

__attribute__((constructor)) static void begin(void)
{
    const char *name = getenv("FAULTY_MACHINE");
    int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *page = mmap(NULL, NUMBERS * sizeof *told, PROT_READ, MAP_SHARED, file, 0);
    if (page != MAP_FAILED)
        told = page;
    close(file);
}

static int flush(const char *name, int file)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    int64_t ms = told ? told[FLUSH] : 0;
    struct timespec left = {ms / 1000, ms % 1000 * 1000000};
    while (ms > 0 && nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
    return real(file);
}

int fsync(int file)
{
    return flush("fsync", file);
}

int fdatasync(int file)
{
    return flush("fdatasync", file);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static int (*real)(clockid_t, struct timespec *);
    if (!real)
        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, now);
    if (!failed && clock == CLOCK_REALTIME && told && told[CLOCK]) {
        int64_t ms = now->tv_sec * INT64_C(1000) + now->tv_nsec / 1000000 + told[CLOCK];
        now->tv_sec = ms / 1000;
        now->tv_nsec = ms % 1000 * 1000000 + now->tv_nsec % 1000000;
    }
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec exact;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now)
{
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (now)
        *now = exact.tv_sec;
    return exact.tv_sec;
}
