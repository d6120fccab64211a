// Since when the oldest of many waits, kept without a list of them: how many became due in each second. When there are
// too many seconds, longer stretches are counted: the answer is early by less than a second, or than a five-hundredth of
// the longest time that those waiting together spanned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace tongban::ledger {

// One thread at a time.
class waiting_times {
public:
    static constexpr std::size_t stretches_max = 1024;

    void add(std::int64_t due_ms);
    // Of one that was added.
    void remove(std::int64_t due_ms);
    // When the oldest became due: the beginning of its stretch; nullopt: none waits.
    std::optional<std::int64_t> oldest_ms() const;

private:
    std::int64_t stretch_of(std::int64_t due_ms) const noexcept { return due_ms - due_ms % stretch_ms_; }
    void lengthen();

    std::int64_t stretch_ms_ = 1000;
    std::map<std::int64_t, std::uint64_t> counts_; // by the beginning of the stretch
};

} // namespace tongban::ledger
