#include "tests/simulation/simulated_log.hpp"

#include "connectors/log/partition_of.hpp"

#include <algorithm>
#include <utility>

namespace tongban::simulation {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// What is on its way between a process and the log, which either may outlive.
struct replica_log::link {
    replica_log* replica = nullptr; // null: severed
    std::function<void()> woken;
    std::vector<std::uint64_t> visible;          // by partition: what the reader can see
    std::vector<agenda::time_point> seen_until;  // order of sight
};

class replica_log::reader final : public log::log_reader {
public:
    reader(simulated_log& of, std::shared_ptr<link> by, std::vector<std::uint64_t> next)
        : of_(of), link_(std::move(by)), next_(std::move(next)) {}

    boost::system::result<std::span<const log::record>> next(milliseconds, std::size_t max_records) override {
        records_.clear();
        const auto partitions = static_cast<std::uint32_t>(next_.size());
        if (of_.luck_.percent(of_.weather.reads_fail)) {
            look_again(milliseconds(20));
            return make_error_code(log::errc::unavailable);
        }
        // A few at a time: what is read and not committed is lost with the process.
        const auto most = std::min<std::size_t>(max_records, 1 + of_.luck_.below(8));
        for (std::uint32_t i = 0; i < partitions; ++i) {
            const auto p = (first_ + i) % partitions;
            const auto end = std::min<std::uint64_t>(link_->visible[p], of_.partitions_[p].size());
            while (next_[p] < end && records_.size() < most) {
                const auto& stored = of_.partitions_[p][next_[p]];
                records_.push_back({{p, next_[p]}, stored.recorded_at, stored.key, stored.value});
                ++next_[p];
            }
        }
        first_ = (first_ + 1) % partitions;
        if (records_.size() == most) {
            look_again(of_.luck_.ms(0, 1));
        }
        return std::span<const log::record>(records_);
    }
    void wake() override {}

private:
    void look_again(milliseconds after) {
        of_.todo_.after(after, [by = link_] {
            if (by->woken) {
                by->woken();
            }
        });
    }

    simulated_log& of_;
    const std::shared_ptr<link> link_;
    std::vector<std::uint64_t> next_;
    std::vector<log::record> records_;
    std::uint32_t first_ = 0;
};

simulated_log::simulated_log(agenda& todo, chance& luck, std::uint32_t partitions, mistake planted)
    : todo_(todo), luck_(luck), planted_(planted), partitions_(partitions) {}

std::size_t simulated_log::records() const {
    std::size_t all = 0;
    for (const auto& each : partitions_) {
        all += each.size();
    }
    return all;
}

milliseconds simulated_log::way() {
    return luck_.percent(weather.slow) ? luck_.ms(1, 3000) : luck_.ms(0, 3);
}

void simulated_log::store(std::uint32_t partition, std::string key, std::string value) {
    if (planted_ == mistake::foreign_partition && ++stores_ % 20 == 0) {
        partition = (partition + 1) % static_cast<std::uint32_t>(partitions_.size());
    }
    const auto now = std::chrono::floor<milliseconds>(std::chrono::system_clock::now()) +
                     luck_.ms(-weather.skew_most_ms, weather.skew_most_ms);
    auto& records = partitions_[partition];
    records.push_back({now, std::move(key), std::move(value)});
    for (auto* reader : readers_) {
        reader->see(partition, records.size());
    }
    if (planted_ == mistake::forgotten_record && ++stores_ % 40 == 0) {
        todo_.after(milliseconds(50), [this, partition, size = records.size()] {
            if (partitions_[partition].size() == size) {
                forget_newest(partition);
            }
        });
    }
}

// As a cluster does that elects a leader which does not have it. Its place is taken by the next.
void simulated_log::forget_newest(std::uint32_t partition) {
    auto& records = partitions_[partition];
    const auto all_saw = std::all_of(readers_.begin(), readers_.end(), [&](const replica_log* reader) {
        return reader->link_->visible[partition] >= records.size();
    });
    if (all_saw) {
        records.pop_back();
    }
}

replica_log::replica_log(simulated_log& of, std::function<void()> woken)
    : of_(of), link_(std::make_shared<link>()), reach_(of.partitions_.size()) {
    link_->replica = this;
    link_->woken = std::move(woken);
    link_->seen_until.resize(of.partitions_.size());
    link_->visible.resize(of.partitions_.size());
    of_.readers_.push_back(this);
}

replica_log::~replica_log() {
    sever();
}

void replica_log::sever() {
    if (std::exchange(link_->replica, nullptr) != nullptr) {
        link_->woken = nullptr;
        std::erase(of_.readers_, this);
    }
}

void replica_log::see(std::uint32_t partition, std::uint64_t end) {
    const auto lag = of_.luck_.percent(of_.weather.slow) ? of_.luck_.ms(0, 2000)
                                                         : of_.luck_.ms(0, of_.weather.lag_most_ms);
    auto& until = link_->seen_until[partition];
    until = std::max(until, steady_clock::now() + lag);
    of_.todo_.at(until, [by = link_, partition, end] {
        by->visible[partition] = std::max(by->visible[partition], end);
        if (by->woken) {
            by->woken();
        }
    });
}

void replica_log::append(std::string_view key, std::string value, log::append_done done) {
    auto& luck = of_.luck_;
    const auto& weather = of_.weather;
    const auto partition = log::partition_of(key, partition_count());
    if (link_->replica == nullptr) {
        return; // of a process that is gone
    }
    const bool is_lost = luck.percent(weather.lost);
    const bool is_silent = luck.percent(weather.unacknowledged);
    const int copies = is_lost ? 0 : luck.percent(weather.doubled) ? 2 : 1;
    boost::system::error_code answer;
    if (is_lost || is_silent) {
        // "Not stored" may only be said when it is not.
        answer = make_error_code(is_lost && luck.percent(50) ? log::errc::unavailable : log::errc::outcome_unknown);
    }
    const bool is_answered = !(is_lost || is_silent) || luck.percent(60);
    auto& reach = reach_[partition];
    reach = std::max(reach, steady_clock::now() + of_.way());
    const bool survives = luck.percent(50); // the death of its process
    of_.todo_.at(reach, [by = link_, &of = of_, partition, copies, survives, is_answered, answer,
                         key = std::string(key), value = std::move(value), done = std::move(done)] {
        if (by->replica == nullptr && !survives) {
            return;
        }
        for (int i = 0; i < copies; ++i) {
            of.store(partition, key, value);
        }
        if (is_answered) {
            of.todo_.after(of.way(), [by, done, answer] {
                if (by->replica != nullptr) {
                    done(answer);
                    by->woken();
                }
            });
        }
    });
}

boost::system::result<std::unique_ptr<log::log_reader>> replica_log::read(std::vector<std::uint64_t> next_offsets) {
    for (std::uint32_t p = 0; p < next_offsets.size(); ++p) {
        if (next_offsets[p] > of_.partitions_[p].size()) {
            return make_error_code(log::errc::position_lost);
        }
        see(p, of_.partitions_[p].size());
    }
    return std::unique_ptr<log::log_reader>(std::make_unique<reader>(of_, link_, std::move(next_offsets)));
}

boost::system::result<std::vector<std::uint64_t>> replica_log::end(milliseconds) {
    if (of_.luck_.percent(of_.weather.end_fails)) {
        return make_error_code(log::errc::unavailable);
    }
    std::vector<std::uint64_t> ends;
    for (const auto& records : of_.partitions_) {
        ends.push_back(records.size());
    }
    return ends;
}

std::uint32_t replica_log::partition_count() const {
    return static_cast<std::uint32_t>(of_.partitions_.size());
}

log::log_health replica_log::health() const {
    return {true, "", 0};
}

} // namespace tongban::simulation
