// Only in builds with the thread sanitizer: librdkafka starts its threads and takes its locks by the C11
// functions, which the sanitizer does not know; it crashes in such threads and sees no order between them and
// ours. Here they are, told in terms of pthreads, which it does know. glibc's C11 types are the pthread ones
// by another name.
#include <cerrno>
#include <pthread.h>
#include <threads.h>
#include <time.h>

namespace {

struct start {
    thrd_start_t run;
    void* argument;
};

void* run_thread(void* given) {
    const start what = *static_cast<start*>(given);
    delete static_cast<start*>(given);
    return reinterpret_cast<void*>(static_cast<long>(what.run(what.argument)));
}

int result(int failure) {
    switch (failure) {
    case 0:
        return thrd_success;
    case EBUSY:
        return thrd_busy;
    case ETIMEDOUT:
        return thrd_timedout;
    case ENOMEM:
        return thrd_nomem;
    default:
        return thrd_error;
    }
}

pthread_mutex_t* pthread(mtx_t* mutex) {
    return reinterpret_cast<pthread_mutex_t*>(mutex);
}
pthread_cond_t* pthread(cnd_t* condition) {
    return reinterpret_cast<pthread_cond_t*>(condition);
}

} // namespace

extern "C" {

int thrd_create(thrd_t* thread, thrd_start_t run, void* argument) {
    return result(::pthread_create(thread, nullptr, run_thread, new start{run, argument}));
}
int thrd_join(thrd_t thread, int* code) {
    void* value = nullptr;
    const int failure = ::pthread_join(thread, &value);
    if (code != nullptr)
        *code = static_cast<int>(reinterpret_cast<long>(value));
    return result(failure);
}
int thrd_detach(thrd_t thread) {
    return result(::pthread_detach(thread));
}

int mtx_init(mtx_t* mutex, int kind) {
    pthread_mutexattr_t attributes;
    ::pthread_mutexattr_init(&attributes);
    ::pthread_mutexattr_settype(&attributes,
                                (kind & mtx_recursive) != 0 ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL);
    const int failure = ::pthread_mutex_init(pthread(mutex), &attributes);
    ::pthread_mutexattr_destroy(&attributes);
    return result(failure);
}
int mtx_lock(mtx_t* mutex) {
    return result(::pthread_mutex_lock(pthread(mutex)));
}
int mtx_trylock(mtx_t* mutex) {
    return result(::pthread_mutex_trylock(pthread(mutex)));
}
int mtx_timedlock(mtx_t* mutex, const timespec* until) {
    return result(::pthread_mutex_timedlock(pthread(mutex), until));
}
int mtx_unlock(mtx_t* mutex) {
    return result(::pthread_mutex_unlock(pthread(mutex)));
}
void mtx_destroy(mtx_t* mutex) {
    ::pthread_mutex_destroy(pthread(mutex));
}

int cnd_init(cnd_t* condition) {
    return result(::pthread_cond_init(pthread(condition), nullptr));
}
int cnd_signal(cnd_t* condition) {
    return result(::pthread_cond_signal(pthread(condition)));
}
int cnd_broadcast(cnd_t* condition) {
    return result(::pthread_cond_broadcast(pthread(condition)));
}
int cnd_wait(cnd_t* condition, mtx_t* mutex) {
    return result(::pthread_cond_wait(pthread(condition), pthread(mutex)));
}
int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
    return result(::pthread_cond_timedwait(pthread(condition), pthread(mutex), until));
}
void cnd_destroy(cnd_t* condition) {
    ::pthread_cond_destroy(pthread(condition));
}

// Lock-free code of libraries that are not instrumented: the sanitizer sees their memory, not their atomics; RocksDB also by
// templates that it takes from this program. Asio counts an executor's references with a fence, which the sanitizer does not know.
__attribute__((weak)) const char* __tsan_default_suppressions() {
    return "called_from_lib:librocksdb.so\n"
           "race:rocksdb::\n"
           "race:librocksdb.so\n"
           "race:LZ4_decompress_safe\n" // a block of RocksDB's, read by a thread whose frames in it are not seen
           "mutex:wait_in_slices\n" // RocksDB's lock, which it took unseen: waited with by the preloaded clock of the fault tests
           "called_from_lib:librdkafka.so\n"
           "race:librdkafka.so\n"
           "race:libcrypto.so\n"
           "race:boost::asio::execution::detail::shared_target_executor\n";
}
}
