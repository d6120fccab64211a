// What the emulator was given, said and was told, one JSON object a line, written out line by line: half of the history that
// a checker compares with the ledger. Ids, codes and times only: nothing personal.
#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>

namespace tongban::emulator {

class journal {
public:
    // Appends to the file, made when it is not there; an empty path writes nothing. Throws std::runtime_error when it
    // cannot be opened. `by`: who speaks.
    journal(const std::filesystem::path& file, std::string by);
    ~journal();
    journal(const journal&) = delete;
    journal& operator=(const journal&) = delete;

    // Adds at_ms and by. Thread-safe. A line that could not be written whole is counted.
    void write(boost::json::object line);
    std::uint64_t lost() const;

private:
    mutable std::mutex mutex_;
    std::string by_;
    int descriptor_ = -1;
    std::uint64_t lost_ = 0;
};

std::int64_t now_ms();

} // namespace tongban::emulator
