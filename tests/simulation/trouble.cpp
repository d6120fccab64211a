// What goes wrong in a schedule, when, and how it is mended.
#include "tests/simulation/history_time.hpp"
#include "tests/simulation/world.hpp"

#include <algorithm>

namespace tongban::simulation {

using std::chrono::milliseconds;

namespace {

// A restart has read its ledger within this, as far as the log lets it.
constexpr milliseconds ready_within{60'000};

} // namespace

void world::plan_trouble() {
    change_weather();
    const auto end = wanted_.trouble;
    for (auto at = luck_.ms(500, 4000); at < end; at += luck_.ms(300, 6000)) {
        todo_.after(at, [this] { change_weather(); });
    }
    for (auto at = luck_.ms(1000, 15'000); at < end; at += luck_.ms(1000, 15'000)) {
        todo_.after(at, [this] { kill(static_cast<int>(luck_.below(replicas_.size()))); });
    }
    for (auto at = luck_.ms(1000, 10'000); at < end; at += luck_.ms(500, 10'000)) {
        todo_.after(at, [this] { reassign({}); });
    }
    if (luck_.one_in(3)) {
        todo_.after(luck_.ms(0, end.count()), [this] { jump_clock(); });
    }
}

void world::change_weather() {
    if (is_mended_) {
        return;
    }
    const auto some = [this](std::uint64_t most) { return luck_.one_in(2) ? 0 : luck_.below(most + 1); };
    log_.weather = {};
    log_.weather.lost = some(30);
    log_.weather.unacknowledged = some(20);
    log_.weather.doubled = some(20);
    log_.weather.slow = some(30);
    log_.weather.end_fails = some(40);
    log_.weather.reads_fail = some(50);
    log_.weather.lag_most_ms = static_cast<std::int64_t>(some(500));
    log_.weather.skew_most_ms = static_cast<std::int64_t>(some(300));
    lost_percent_ = some(15);
    slow_percent_ = some(20);
    for (auto& [host, target] : targets_) {
        target.weather = {};
        target.weather.refuses = some(40);
        target.weather.hangs = some(20);
        target.weather.loses = some(30);
        target.weather.cuts = some(20);
        target.weather.slow = some(30);
        target.weather.is_down = luck_.one_in(6);
    }
}

void world::jump_clock() {
    if (!is_mended_) {
        // Mostly by a little: what an hour puts off takes an hour to come.
        const auto by = luck_.one_in(10) ? milliseconds(std::chrono::hours(1)) : luck_.ms(1000, 90'000);
        simulated_time::jump(luck_.one_in(2) ? by : -by);
    }
}

void world::start_replica(int number) {
    auto& one = nth(number);
    try {
        one.start();
    } catch (const std::runtime_error& error) {
        found_.emplace_back(history::defect::unexplained, std::string("a replica does not start: ") + error.what());
    }
}

void world::kill(int number) {
    auto& one = nth(number);
    if (is_mended_ || one.running() == nullptr) {
        return;
    }
    ++kills_;
    one.kill();
    if (luck_.one_in(4)) {
        one.lose_disk();
    }
    const auto& planted = wanted_.planted;
    for (std::uint32_t p = 0; p < log_.partitions().size(); ++p) {
        owns_[static_cast<std::size_t>(number)][p] = false;
    }
    if (planted != mistake::ownership_lost) {
        reassign(luck_.ms(100, 6000));
    }
    const auto away = luck_.ms(0, 5000);
    history::answer fault;
    fault.kind = history::answer_kind::fault;
    fault.by = "simulation";
    fault.fault = "kill";
    fault.target = "replica-" + std::to_string(number);
    fault.began_ms = history_now_ms();
    fault.ended_ms = fault.began_ms + away.count();
    fault.bound_ms = ready_within.count();
    fault.expected = "the replica is ready again";
    fault.at_ms = fault.ended_ms;
    const auto told = told_.size();
    told_.push_back(fault);
    const auto late = planted == mistake::slow_start ? ready_within : milliseconds(0);
    todo_.after(away + late, [this, number, told] {
        start_replica(number);
        if (wanted_.planted != mistake::ownership_lost) {
            reassign(luck_.ms(0, 3000));
        }
        watch_start(number, told);
    });
}

void world::watch_start(int number, std::size_t fault) {
    auto* running = nth(number).running();
    if (running == nullptr) {
        // Killed once more: that fault's recovery is this one's too.
        told_[fault].recovered_ms = told_[fault].ended_ms;
        return;
    }
    if (running->is_ready()) {
        told_[fault].recovered_ms = history_now_ms();
        return;
    }
    todo_.after(milliseconds(100), [this, number, fault] { watch_start(number, fault); });
}

// As a consumer group does: somebody else owns it from a moment on, and who owned it hears of it sooner or later.
void world::reassign(milliseconds after) {
    const auto assignment = ++assignment_;
    todo_.after(after, [this, assignment] {
        if (assignment != assignment_) {
            return;
        }
        std::vector<int> alive;
        for (const auto& each : replicas_) {
            if (each->running() != nullptr) {
                alive.push_back(each->number());
            }
        }
        for (std::uint32_t p = 0; p < log_.partitions().size() && !alive.empty(); ++p) {
            give(p, alive[luck_.below(alive.size())]);
        }
    });
}

void world::give(std::uint32_t partition, int owner) {
    for (auto& each : replicas_) {
        const auto number = static_cast<std::size_t>(each->number());
        const bool shall = each->number() == owner;
        // Up to seconds of two owners, or of none.
        const auto hears = is_mended_ ? milliseconds(0) : luck_.ms(0, 3000);
        todo_.after(hears, [this, partition, number, shall, assignment = assignment_] {
            auto* running = replicas_[number]->running();
            if (running == nullptr || owns_[number][partition] == shall || assignment != assignment_) {
                return;
            }
            owns_[number][partition] = shall;
            const std::uint32_t one[] = {partition};
            running->own(shall ? std::span(one) : std::span<const std::uint32_t>(),
                         shall ? std::span<const std::uint32_t>() : std::span(one));
            replicas_[number]->wake();
        });
    }
}

void world::mend() {
    is_mended_ = true;
    log_.weather = {};
    lost_percent_ = 0;
    slow_percent_ = 0;
    simulated_time::jump({});
    for (auto& [host, target] : targets_) {
        target.weather = {};
    }
    if (wanted_.planted != mistake::ownership_lost) {
        reassign(milliseconds(7000)); // all that were killed run again
    }
}

} // namespace tongban::simulation
