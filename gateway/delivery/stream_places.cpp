// An entry for each partner with a stream, and none for the others.
#include "gateway/delivery/stream_places.hpp"

namespace tongban::delivery {

stream_places::stream_places(std::size_t max, std::size_t per_partner_max, monitoring::registry& metrics)
    : max_(max), per_partner_max_(per_partner_max),
      open_(metrics.make_gauge("tongban_event_streams", "Event streams open")) {
    const auto refused = [&](const char* limit) {
        return metrics.make_counter("tongban_event_streams_refused_total",
                                    "Event streams refused because too many are open", {{"limit", limit}});
    };
    refused_all_ = refused("all");
    refused_partner_ = refused("partner");
}

stream_places::answer stream_places::take(const std::string& partner, place& into) {
    {
        const std::lock_guard lock(mutex_);
        const auto found = by_partner_.find(partner);
        if (found != by_partner_.end() && found->second >= per_partner_max_) {
            refused_partner_.add();
            return answer::partner_full;
        }
        if (taken_ >= max_) {
            refused_all_.add();
            return answer::all_full;
        }
        ++taken_;
        ++by_partner_[partner];
        open_.set(static_cast<double>(taken_));
    }
    place taken;
    taken.of_ = this;
    taken.partner_ = partner;
    into = std::move(taken);
    return answer::taken;
}

stream_places::place::~place() {
    if (of_ == nullptr) {
        return;
    }
    const std::lock_guard lock(of_->mutex_);
    --of_->taken_;
    of_->open_.set(static_cast<double>(of_->taken_));
    const auto found = of_->by_partner_.find(partner_);
    if (--found->second == 0) {
        of_->by_partner_.erase(found);
    }
}

} // namespace tongban::delivery
