#include "tests/simulation/replica.hpp"

#include "gateway/ledger/rows.hpp"
#include "tests/simulation/partners.hpp"

#include <utility>

namespace tongban::simulation {

using std::chrono::milliseconds;

namespace {

std::shared_ptr<const calendars::calendar_source> days() {
    static const auto built_in = std::make_shared<const calendars::calendar_source>(calendars::calendar::built_in());
    return built_in;
}

ledger::ledger_settings ledger_terms() {
    ledger::ledger_settings settings;
    settings.batch_records_max = 8;
    settings.hot_cases_max = 5; // fewer than there are: they come and go
    settings.flush_interval = milliseconds(2000);
    settings.calendar = days();
    return settings;
}

delivery::delivery_settings delivery_terms() {
    delivery::delivery_settings settings;
    settings.attempts_max = 6;
    settings.age_max = std::chrono::seconds(120);
    settings.retry_first = milliseconds(500);
    settings.retry_most = milliseconds(20'000);
    settings.retry_asked_most = milliseconds(20'000);
    return settings;
}

std::string host_of(const std::string& url) {
    const auto begin = url.find("://") + 3;
    return url.substr(begin, url.find_first_of(":/", begin) - begin);
}

} // namespace

delivery::push_settings process::pushing(const world_parts& world, const std::function<void()>& woken) const {
    delivery::push_settings settings;
    settings.report_deadline = milliseconds(3000);
    settings.breaker = {.failures_max = 3, .open_first = milliseconds(500), .open_most = milliseconds(10'000)};
    settings.open = [world, woken](const boost::asio::any_io_executor&, const push::push_target& terms) {
        return std::shared_ptr<push::push_port>(std::make_shared<push_line>(
            world.targets.at(host_of(terms.url)), world.todo, world.luck, world.planted, terms, woken));
    };
    return settings;
}

process::process(const world_parts& world, std::shared_ptr<store::memory_view_store> disk,
                 std::function<void()> woken)
    : log_(world.log, woken), disk_(std::move(disk)), partners_(partners()), dialects_(std::make_shared<dialects::dialect_set>()),
      ledger_(log_, disk_, ledger_terms(), metrics_) {
    ledger_.open();
    const delivery::delivery_parts deliveries{ledger_, partners_, dialects_, delivery_terms()};
    push_ = std::make_unique<delivery::push_runner>(deliveries, pushing(world, woken), context_.get_executor(), metrics_);
    leases_ = std::make_unique<supervision::lease_timer>(
        ledger_, [this](std::uint32_t partition) { return owned_.contains(partition); }, context_.get_executor());
    leases_->start();
    clocks_ = std::make_unique<supervision::clock_timer>(
        ledger_, days(), [this](std::uint32_t partition) { return owned_.contains(partition); }, context_.get_executor());
    clocks_->start();
    routes_ = delivery::pull_routes(deliveries, metrics_);
    for (auto& more : {inbox::routes({ledger_, partners_, {}}, metrics_), delivery::dead_letter_routes({ledger_, partners_})}) {
        routes_.insert(routes_.end(), more.begin(), more.end());
    }
}

// As a process dies: first it reaches nothing any more, then its coroutines are gone, then its parts.
process::~process() {
    log_.sever();
    disk_.sever();
    ledger_.stop();
    context_.drop_all();
    push_.reset();
    leases_.reset();
    clocks_.reset();
}

bool process::turn() {
    next_turn_ = ledger_.turn();
    context_.ring_when_due();
    return context_.poll() > 0;
}

agenda::time_point process::next_turn() const {
    const auto alarm = context_.alarm();
    return alarm ? std::min(*alarm, next_turn_) : next_turn_;
}

std::string process::state() const {
    const auto health = ledger_.health();
    std::string text = health.ready ? "is ready, owns" : health.reason + ", owns";
    for (const auto partition : owned_) {
        text += ' ' + std::to_string(partition);
    }
    const auto totals = ledger_.deliveries().totals();
    for (const auto& [region, row] : totals.value()) {
        text += ", to " + region + " pending " + std::to_string(row.pending) + " dead " + std::to_string(row.dead_lettered);
    }
    return text;
}

void process::own(std::span<const std::uint32_t> gained, std::span<const std::uint32_t> lost) {
    for (const auto partition : lost) {
        owned_.erase(partition);
    }
    owned_.insert(gained.begin(), gained.end());
    push_->own(gained, lost);
}

replica::replica(const world_parts& world, int number)
    : world_(world), number_(number), disk_(std::make_shared<store::memory_view_store>()) {}

void replica::start() {
    process_ = std::make_unique<process>(world_, disk_, [this] { wake(); });
    wake();
}

void replica::kill() {
    process_.reset();
    const auto before = disk_->rows();
    disk_->crash(world_.luck.below(disk_->batches_since_flush() + 1));
    if (world_.planted == mistake::torn_view) {
        tear_view(before);
    }
}

void replica::lose_disk() {
    disk_ = std::make_shared<store::memory_view_store>();
}

// The positions of the newest batch over the rows of an older one.
void replica::tear_view(const store::memory_view_store::rows_type& before) {
    auto batch = disk_->new_batch();
    for (const auto& [key, value] : before) {
        if (key.starts_with('p')) {
            batch->put(key, value);
        }
    }
    (void)disk_->write(*batch);
    (void)disk_->flush();
}

} // namespace tongban::simulation
