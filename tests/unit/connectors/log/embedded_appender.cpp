// Appends records to an embedded ledger as fast as it can and prints the number of each acknowledged one,
// until it is killed. Numbers go on after those already stored. Usage: embedded_appender DIRECTORY
#include "connectors/log/embedded_log.hpp"

#include <unistd.h>

#include <cstdio>
#include <semaphore>

int main(int count, char** arguments) {
    using namespace tongban::log;
    if (count != 2)
        return 2;
    const auto log = open_embedded_log({.directory = arguments[1], .partitions = 2});
    const auto ends = log->end({}).value();
    std::counting_semaphore<> under_way{64};
    for (std::uint64_t number = ends[0] + ends[1];; ++number) {
        under_way.acquire();
        log->append("case-" + std::to_string(number % 8), std::to_string(number),
                    [&, number](boost::system::error_code code) {
                        if (!code)
                            ::dprintf(STDOUT_FILENO, "%llu\n", static_cast<unsigned long long>(number));
                        under_way.release();
                    });
    }
}
