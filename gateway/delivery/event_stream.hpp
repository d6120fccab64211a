// The events of regions as server-sent events, in each partition's order, from a position on and without an end. What
// was sent stands in the position of the last id; nothing of a stream is kept anywhere else.
#pragma once

#include "connectors/dialects/dialect.hpp"
#include "gateway/delivery/stream_places.hpp"
#include "gateway/delivery/stream_position.hpp"
#include "gateway/http/body_source.hpp"
#include "gateway/ledger/ledger.hpp"
#include "monitoring/metrics.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace tongban::delivery {

// What a stream is asked to tell.
struct stream_order {
    std::vector<std::string> regions;                 // at least one
    std::shared_ptr<const dialects::dialect> dialect; // null: canonical
    stream_offsets from;
    std::chrono::milliseconds heartbeat{};
    std::vector<monitoring::counter> sent; // by region, as `regions`
};

class event_stream final : public http::body_source {
public:
    // A page: what is read and said before other connections of the thread have their turn, and what a reader that does
    // not read costs in memory. An event larger than the page is a page of its own.
    static constexpr std::size_t page_events_max = 16;
    static constexpr std::size_t page_bytes_max = 64UL * 1024;

    // `ledger` outlives it.
    event_stream(ledger::ledger& ledger, stream_order order, position_text positions, stream_places::place place);

    void begin(std::function<void()> wake) override;
    state next(std::string& out) override;
    void beat(std::string& out) override;
    std::chrono::milliseconds beat_every() const override { return order_.heartbeat; }
    void last_words(std::string& out) override;

private:
    struct told_event {
        ledger::region_event event;
        std::size_t region; // of order_.regions
    };
    void greet(std::string& out);
    // The next events of one partition, at most `limit`, of all regions in the log's order.
    boost::system::result<std::vector<told_event>> events_from(std::uint32_t partition, std::size_t limit) const;
    // Appends the next page; an error is the view's.
    boost::system::error_code page(std::string& out);
    boost::system::error_code tell(const told_event& each, std::string& out);
    bool any_open() const;

    ledger::ledger& ledger_;
    const stream_order order_;
    const position_text positions_;
    const stream_places::place place_;
    stream_offsets at_;
    std::vector<bool> open_;  // partitions that may hold events behind the position
    std::uint32_t turn_ = 0;  // the partition that comes first
    bool greeted_ = false;
    ledger::event_watch::following following_; // the first to go: nobody is told any more
};

} // namespace tongban::delivery
