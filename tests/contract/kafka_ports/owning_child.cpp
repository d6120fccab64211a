// owning_child BOOTSTRAP TOPIC GROUP: a member of the group of owners until it is killed. Prints the number
// of partitions it owns whenever that changes.
#include "connectors/log/partition_ownership.hpp"

#include <unistd.h>

#include <cstdio>

int main(int, char** arguments) {
    using namespace tongban::log;
    kafka_settings settings;
    settings.bootstrap = arguments[1];
    settings.topic = arguments[2];
    kafka_ownership_settings ownership;
    ownership.group = arguments[3];
    int owned = 0;
    const auto member = open_kafka_ownership(settings, ownership, [&](auto gained, auto lost) {
        owned += static_cast<int>(gained.size()) - static_cast<int>(lost.size());
        std::printf("%d\n", owned);
        std::fflush(stdout);
    });
    for (;;)
        ::pause();
}
