// Fields that a dialect loses of an event are the operator's to know, once and not with each delivery: a lossy dialect is
// mended in its file. Names of fields only, never what stood in them.
#pragma once

#include "connectors/dialects/dialect.hpp"

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace tongban::delivery {

class told_losses {
public:
    // One for all transports: the log is the process's.
    static told_losses& of_process();

    // One line with the fields that were not told of this version of the dialect and this event before.
    void tell(const dialects::dialect& in, std::string_view event, const std::vector<v1::Violation>& lost);

    // The same, without positions in lists: those that are new.
    std::vector<std::string> news(const dialects::dialect& in, std::string_view event,
                                  const std::vector<v1::Violation>& lost);

private:
    static constexpr std::size_t known_max = 20'000; // then all is forgotten and told again

    std::mutex mutex_;
    std::unordered_set<std::string> known_;
};

} // namespace tongban::delivery
