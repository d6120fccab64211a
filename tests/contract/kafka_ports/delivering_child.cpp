// delivering_child BOOTSTRAP PREFIX PROGRESS_TOPIC TOPIC: delivers the numbers 1, 2, 3… until it is killed, a
// few in each transaction, going on behind the last progress. Prints a line when it has opened and after each
// commit.
#include "connectors/log/delivery_transactions.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

int main(int, char** arguments) {
    using namespace tongban::log;
    using namespace std::chrono_literals;
    kafka_settings settings;
    settings.bootstrap = arguments[1];
    settings.socket_timeout = 2000ms;
    delivery_settings deliveries;
    deliveries.transactional_id_prefix = arguments[2];
    deliveries.progress_topic = arguments[3];
    const opened_deliveries opened = open_delivery_transactions(settings, deliveries, 3, 60s);
    if (!opened.transactions) {
        std::fprintf(stderr, "not opened: %s\n", opened.text.c_str());
        return 1;
    }
    long last = opened.transactions->progress() ? std::atol(opened.transactions->progress()->c_str()) : 0;
    std::printf("opened %ld\n", last);
    for (;;) {
        std::fflush(stdout);
        std::array<std::string, 3> values;
        std::array<delivery_message, 3> messages;
        for (std::size_t i = 0; i < values.size(); ++i) {
            values[i] = std::to_string(last + 1 + static_cast<long>(i));
            messages[i] = {arguments[4], "case", values[i], {}};
        }
        const delivery_result result = opened.transactions->deliver(messages, values.back(), 60s);
        if (result.outcome != delivery_outcome_code::committed) {
            std::fprintf(stderr, "not committed: %s\n", result.text.c_str());
            return 1;
        }
        last += static_cast<long>(values.size());
        std::printf("committed %ld\n", last);
    }
}
