// The platform as a client: asks for what is due, takes it in, acknowledges. One thread; slow answers are the queue's.
#pragma once

#include "gateway/emulator/city.hpp"

#include <boost/json/array.hpp>

#include <atomic>
#include <thread>

namespace tongban::emulator {

struct pull_side_settings {
    std::size_t batch = 100;
    std::chrono::seconds wait{2};         // long-poll; short, as a poller that dies may be handed something all the same
    std::chrono::seconds visibility{30};  // until what was not acknowledged comes again
    bool canonical = false;               // asks for canonical JSON
};

class pull_side {
public:
    pull_side(const pull_side_settings& settings, city& serves, open_lines open);
    ~pull_side();

    void start();
    // Ends after the poll under way, so that nothing is handed out to nobody; false when that takes longer than `wait`.
    bool finish(std::chrono::milliseconds wait);
    void stop();

private:
    void run();
    // How long until the next poll.
    std::chrono::milliseconds poll(gateway_lines& lines);
    void take(const boost::json::object& handed, gateway_lines& lines);
    // Sends the acknowledgements gathered; a cut or unreadable one is on purpose.
    void acknowledge(boost::json::array acks, gateway_lines& lines, std::optional<trouble> wrong = std::nullopt);

    const pull_side_settings settings_;
    city& city_;
    const open_lines open_;
    boost::json::array acks_; // of the batch
    unsigned failures_ = 0;   // in a row
    std::mutex mutex_;
    std::condition_variable wake_;
    std::atomic<bool> stopping_{false};
    bool ended_ = false;
    std::thread thread_;
};

} // namespace tongban::emulator
