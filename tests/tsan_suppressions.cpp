// Only in builds with the thread sanitizer. Debian's RocksDB is not built with it: the sanitizer sees the library's reads and
// writes where they go through templates that lie in this program (std::string), and not the atomics that order them, and tells of
// races between two threads inside RocksDB. What has a frame of the library in it is left out; our own code around it is not.
extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() {
    return "race:librocksdb.so\n"
           "race:LZ4_decompress_safe\n"; // of its blocks, read by a thread whose frames in the library are not seen
}
