// See source_turns.hpp.
#include "connectors/log/source_turns.hpp"

#include <algorithm>
#include <atomic>

namespace tongban::log {

void source_turns::begin(const place& of) {
    static std::atomic<std::uint64_t> last_number{0};
    turns_[of] = {.number = last_number.fetch_add(1) + 1};
}

bool source_turns::done(const place& of, std::uint64_t number, std::uint64_t offset) {
    turn* current = find(of);
    if (current == nullptr || current->number != number || offset >= current->next_given)
        return false;
    current->handled = std::max(current->handled, offset + 1);
    return true;
}

bool source_turns::uncommitted() const {
    return std::any_of(turns_.begin(), turns_.end(),
                       [](const auto& each) { return each.second.handled > each.second.committed; });
}

std::vector<source_turns::commit> source_turns::take_uncommitted() {
    std::vector<commit> taken;
    for (auto& [of, current] : turns_)
        if (current.handled > std::max(current.committed, current.committing)) {
            current.committing = current.handled;
            taken.push_back({of, current.handled});
        }
    return taken;
}

std::vector<source_turns::commit> source_turns::take_uncommitted(const place& of) {
    turn* current = find(of);
    // What is under way may still fail: the last word holds all of it.
    if (current == nullptr || current->handled <= current->committed)
        return {};
    current->committing = current->handled;
    return {{of, current->handled}};
}

void source_turns::commit_ended(const commit& what, bool well) {
    turn* current = find(what.of);
    if (current == nullptr)
        return;
    if (well)
        current->committed = std::max(current->committed, what.next);
    if (current->committing <= what.next)
        current->committing = 0;
}

} // namespace tongban::log
