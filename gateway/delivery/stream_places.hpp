// How many event streams may be open: in all, and of one partner. Each holds a connection and is told of every event.
#pragma once

#include "monitoring/metrics.hpp"

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace tongban::delivery {

// Thread-safe.
class stream_places {
public:
    enum class answer { taken, partner_full, all_full };

    stream_places(std::size_t max, std::size_t per_partner_max, monitoring::registry& metrics);

    // A place taken, as long as it lives. Outlived by the places. Movable.
    class place {
    public:
        place() = default;
        place(place&& other) noexcept : of_(std::exchange(other.of_, nullptr)), partner_(std::move(other.partner_)) {}
        place& operator=(place&& other) noexcept {
            std::swap(of_, other.of_);
            partner_.swap(other.partner_);
            return *this;
        }
        ~place();

    private:
        friend class stream_places;
        stream_places* of_ = nullptr;
        std::string partner_;
    };
    answer take(const std::string& partner, place& into);

private:
    const std::size_t max_;
    const std::size_t per_partner_max_;
    monitoring::gauge open_;
    monitoring::counter refused_all_;
    monitoring::counter refused_partner_;
    std::mutex mutex_;
    std::size_t taken_ = 0;
    std::map<std::string, std::size_t> by_partner_;
};

} // namespace tongban::delivery
