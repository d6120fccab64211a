#include "gateway/delivery/topic_partition.hpp"

#include "monitoring/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <array>
#include <future>

namespace tongban::delivery {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds longest_rest{60'000};
constexpr std::chrono::milliseconds view_pause{500};
// More than the ledger's own deadline: for an executor that was stopped too early.
constexpr std::chrono::milliseconds executor_patience{5'000};

asio::awaitable<boost::system::error_code> catch_up_by(ledger::ledger& ledger,
                                                       std::chrono::steady_clock::time_point deadline) {
    co_return co_await ledger.catch_up(deadline);
}

} // namespace

topic_partition::topic_partition(const delivery_parts& parts, const topic_settings& settings,
                                 topic_standing& standing, const topic_metrics& metrics,
                                 asio::any_io_executor executor, std::uint32_t partition, std::function<bool()> owns)
    : parts_(parts), settings_(settings), standing_(standing), metrics_(metrics), executor_(std::move(executor)),
      partition_(partition), owns_(std::move(owns)), random_(std::random_device{}()) {}

topic_partition::~topic_partition() {
    leave();
}

void topic_partition::leave() {
    transactions_.reset();
    set_unsettled({});
    refusals_.clear();
    alone_left_ = 0;
    standing_.set_fault(name(), "");
}

topic_partition::rest topic_partition::turn() {
    if (transactions_ != nullptr && unsettled_.facts_size() > 0) {
        return settle();
    }
    if (transactions_ != nullptr && is_behind_ && !catch_up()) {
        return back_off();
    }
    auto due = collect();
    if (due.messages.empty() && due.facts.empty()) {
        if (due.is_blind) {
            return look_again_after(view_pause);
        }
        auto pause = longest_rest;
        if (due.next_ms != 0) {
            const auto wait = std::max<std::int64_t>(due.next_ms - parts_.ledger.now_ms(), 1);
            pause = std::min(pause, std::chrono::milliseconds(wait));
        }
        for (const auto& [region, why] : refusals_) {
            const auto wait = std::chrono::ceil<std::chrono::milliseconds>(why.not_before - clock::now());
            pause = std::min(pause, std::max(wait, std::chrono::milliseconds(1)));
        }
        return {pause, true};
    }
    // What is due is only sure once nobody else delivers any more and the view is at the log's end.
    return transactions_ == nullptr ? open() : deliver(due);
}

topic_partition::rest topic_partition::open() {
    log::opened_deliveries opened;
    try {
        opened = log::open_delivery_transactions(settings_.kafka, settings_.transactions, partition_,
                                                 settings_.open_wait);
    } catch (const std::runtime_error& error) {
        opened.text = error.what();
    }
    if (opened.transactions == nullptr) {
        metrics_.transaction("not_opened");
        complain("topic_partition_not_opened", opened.text);
        return back_off();
    }
    metrics_.transaction("opened");
    v1::DeliveryReport last;
    if (const auto& progress = opened.transactions->progress(); progress && !last.ParseFromString(*progress)) {
        metrics_.transaction("not_opened");
        complain("topic_partition_not_opened", "the progress record is not one of ours");
        return back_off();
    }
    transactions_ = std::move(opened.transactions);
    is_behind_ = true;
    set_unsettled(std::move(last));
    standing_.set_fault(name(), "");
    return {};
}

// The fence came first, so nothing more of the one before can come into the log that counts here.
bool topic_partition::catch_up() {
    const auto deadline = clock::now() + settings_.report_deadline;
    auto done = asio::co_spawn(executor_, catch_up_by(parts_.ledger, deadline), asio::use_future);
    const bool is_answered =
        done.wait_for(settings_.report_deadline + executor_patience) == std::future_status::ready;
    is_behind_ = !is_answered || done.get();
    return !is_behind_;
}

topic_partition::rest topic_partition::settle() {
    // A rival or an operator may have been first: any word of the ledger settles it.
    const std::vector<v1::DeliveryFact> facts(unsettled_.facts().begin(), unsettled_.facts().end());
    if (!is_known(tell(facts))) {
        return back_off();
    }
    set_unsettled({});
    pause_ = {};
    return {};
}

topic_partition::batch topic_partition::collect() {
    batch due;
    const auto targets = standing_.targets();
    leave_out_closed(*targets);
    if (targets->empty() || try_refused(*targets, due)) {
        return due;
    }
    const auto limit = alone_left_ > 0 ? 1 : std::min<std::size_t>(settings_.messages_max, facts_per_record_max);
    // Another region is first each time, so that none starves behind a full batch.
    ++first_region_;
    for (std::size_t i = 0; i < targets->size() && !due.is_full; ++i) {
        const auto& target = (*targets)[(first_region_ + i) % targets->size()];
        if (target.is_usable() && !refusals_.contains(target.region) && !add_region(target, limit, due)) {
            due.is_blind = true;
        }
    }
    return due;
}

// What the check found missing or denied is tried alone from the beginning: were it tried with others first, they would wait
// for the transaction's whole time.
void topic_partition::leave_out_closed(const topic_targets& targets) {
    for (const auto& target : targets) {
        if (!refusals_.contains(target.region)) {
            if (auto code = standing_.closed_by(target.topic); !code.empty()) {
                refusals_[target.region] = {std::move(code), clock::now()};
            }
        }
    }
}

// A region that refused is tried alone: were it in a transaction with others, it would hold them up.
bool topic_partition::try_refused(const topic_targets& targets, batch& into) {
    for (auto at = refusals_.begin(); at != refusals_.end();) {
        auto& [region, why] = *at;
        const auto target = std::find_if(targets.begin(), targets.end(),
                                         [&](const topic_target& each) { return each.region == region; });
        if (target == targets.end()) {
            standing_.set_fault(log::deliveries_topic(region), "");
            at = refusals_.erase(at);
            continue;
        }
        ++at;
        if (why.not_before > clock::now() || !target->is_usable()) {
            continue;
        }
        why.not_before = clock::now() + settings_.held;
        // A refused message is two facts when its budget is spent: all of them in one record.
        const auto limit = alone_left_ > 0 ? 1 : std::min<std::size_t>(settings_.messages_max, facts_per_record_max / 2);
        if (add_region(*target, limit, into) && !into.messages.empty()) {
            into.is_trial = true;
            return true;
        }
    }
    return false;
}

bool topic_partition::add_region(const topic_target& target, std::size_t limit, batch& into) {
    const auto nothing_under_way = [](const ledger::due_delivery&) { return false; };
    std::int64_t next_ms = 0;
    const auto found = parts_.ledger.deliveries().due(target.region, partition_, parts_.ledger.now_ms(),
                                                      limit - into.messages.size(), nothing_under_way, next_ms);
    if (!found) {
        return false;
    }
    if (next_ms != 0 && (into.next_ms == 0 || next_ms < into.next_ms)) {
        into.next_ms = next_ms;
    }
    for (const auto& each : *found) {
        topic_message message;
        switch (prepare(parts_, each, target, message)) {
        case topic_preparation::gone:
            break;
        case topic_preparation::unreadable:
            return false;
        case topic_preparation::unwritable:
            metrics_.failed(target.region, "cannot_be_written", 1);
            into.facts.push_back(dead_letter(message, 0, "cannot_be_written"));
            break;
        case topic_preparation::ready:
            into.is_full = !into.messages.empty() && into.bytes + message.value.size() > settings_.bytes_max;
            if (into.is_full) {
                return true;
            }
            into.bytes += message.value.size();
            into.regions.push_back(target.region);
            into.messages.push_back(std::move(message));
            break;
        }
    }
    into.is_full = into.is_full || into.messages.size() >= limit;
    return true;
}

topic_partition::rest topic_partition::deliver(batch& due) {
    if (!owns_()) {
        return {};
    }
    if (!due.facts.empty() && !is_known(tell(std::move(due.facts)))) {
        return back_off();
    }
    if (due.messages.empty()) {
        return {};
    }
    if (due.is_trial && refusals_[due.regions.front()].code == "topic_missing") {
        std::string text;
        const auto fault = fault_of_topic(due.regions.front(), text);
        if (!fault) {
            return back_off();
        }
        if (!fault->empty()) {
            return refused(due, due.regions.front(), *fault, text);
        }
    }
    std::vector<std::vector<log::message_header>> headers(due.messages.size());
    std::vector<log::delivery_message> messages;
    v1::DeliveryReport progress;
    for (std::size_t i = 0; i < due.messages.size(); ++i) {
        const auto& each = due.messages[i];
        for (const auto& header : each.headers) {
            headers[i].push_back({header.name, header.value});
        }
        messages.push_back({each.topic, each.key(), each.value, headers[i]});
        *progress.add_facts() = acknowledged(each);
    }
    const auto begun = clock::now();
    const auto result = transactions_->deliver(messages, progress.SerializeAsString(), settings_.transaction_wait);
    metrics_.took(clock::now() - begun);
    switch (result.outcome) {
    case log::delivery_outcome_code::committed:
        metrics_.transaction("committed");
        pause_ = {};
        alone_left_ -= std::min(alone_left_, due.messages.size());
        standing_.set_fault(name(), "");
        if (due.is_trial) {
            standing_.set_fault(due.messages.front().topic, "");
            refusals_.erase(due.regions.front());
        }
        set_unsettled(std::move(progress));
        return settle();
    case log::delivery_outcome_code::aborted_retry:
        metrics_.transaction("aborted");
        return on_abort(result, due);
    case log::delivery_outcome_code::fenced:
        // Another took it over, or this one was silent for too long: when it is still ours, take it back.
        metrics_.transaction("fenced");
        complain("topic_partition_fenced", result.text);
        leave();
        return back_off();
    case log::delivery_outcome_code::reopen:
        // Perhaps committed. The progress tells, once nobody can commit any more.
        metrics_.transaction("unknown");
        complain("topic_transaction_unknown", result.text);
        leave();
        return {};
    }
    return {};
}

topic_partition::rest topic_partition::on_abort(const log::delivery_result& result, const batch& due) {
    if (!result.culprit || *result.culprit >= due.messages.size()) {
        complain("topic_transaction_aborted", result.text);
        return back_off();
    }
    const auto& culprit = due.messages[*result.culprit];
    const auto& region = due.regions[*result.culprit];
    if (result.reason == log::errc::too_large) {
        if (due.messages.size() > 1) {
            // Perhaps only all of them together are: one by one, none is condemned for the others.
            alone_left_ = due.messages.size();
            return {};
        }
        monitoring::log(monitoring::severity::error, "topic_message_too_large",
                        {{"partner", culprit.partner},
                         {"delivery", cases::to_text(culprit.standing.id())},
                         {"bytes", static_cast<std::int64_t>(culprit.value.size())}});
        alone_left_ -= std::min<std::size_t>(alone_left_, 1);
        metrics_.failed(region, "too_large", 1);
        const auto told =
            tell(failed(culprit, "too_large", true, parts_.settings, parts_.ledger.now_ms(), random_));
        return is_known(told) ? rest{} : back_off();
    }
    if (result.reason == log::errc::not_authorised) {
        return refused(due, region, "topic_denied", result.text);
    }
    // Missing, or brokers that do not answer: only the first is the target's own fault.
    std::string text;
    const auto fault = fault_of_topic(region, text);
    if (fault && !fault->empty()) {
        return refused(due, region, *fault, text);
    }
    complain("topic_transaction_aborted", result.text);
    return back_off();
}

topic_partition::rest topic_partition::refused(const batch& due, const std::string& region, std::string_view code,
                                               const std::string& text) {
    const auto topic = log::deliveries_topic(region);
    if (standing_.set_fault(topic, text)) {
        monitoring::log(monitoring::severity::error, "topic_refused",
                        {{"region", region}, {"code", code}, {"reason", text}});
    }
    refusals_[region] = {std::string(code), clock::now() + settings_.held};
    std::vector<v1::DeliveryFact> facts;
    std::size_t count = 0;
    for (std::size_t i = 0; i < due.messages.size(); ++i) {
        if (due.regions[i] == region) {
            for (auto& fact :
                 failed(due.messages[i], code, false, parts_.settings, parts_.ledger.now_ms(), random_)) {
                facts.push_back(std::move(fact));
            }
            ++count;
        }
    }
    metrics_.failed(region, code, count);
    return is_known(tell(std::move(facts))) ? rest{} : back_off();
}

std::optional<std::string> topic_partition::fault_of_topic(const std::string& region, std::string& text) {
    const std::array<std::string, 1> consuming{region};
    auto plans = log::plan_region_topics(settings_.kafka, settings_.region_topics, {}, consuming);
    const auto topic = log::deliveries_topic(region);
    std::erase_if(plans, [&](const log::topic_plan& plan) { return plan.name != topic; });
    std::vector<log::topic_finding> found;
    try {
        found = log::check_topics(settings_.kafka, plans, settings_.kafka.create_topic, settings_.check_wait);
    } catch (const std::runtime_error& error) {
        text = error.what();
        return std::nullopt;
    }
    for (const auto& each : found) {
        text = topic + ": " + each.text;
        switch (each.state) {
        case log::topic_state::missing:
            return "topic_missing";
        case log::topic_state::denied:
            return "topic_denied";
        case log::topic_state::unreachable:
            return std::nullopt;
        case log::topic_state::fit:
        case log::topic_state::created:
        case log::topic_state::unfit:
            break;
        }
    }
    return "";
}

// On a strand: the parts of a report meet there.
std::vector<fact_outcome> topic_partition::tell(std::vector<v1::DeliveryFact> facts) {
    const auto deadline = clock::now() + settings_.report_deadline;
    auto told = asio::co_spawn(asio::any_io_executor(asio::make_strand(executor_)),
                               report(parts_.ledger, std::move(facts), gateway_sender(), deadline), asio::use_future);
    if (told.wait_for(settings_.report_deadline + executor_patience) != std::future_status::ready) {
        return {fact_outcome(log::make_error_code(log::errc::outcome_unknown))};
    }
    return told.get();
}

bool topic_partition::is_known(const std::vector<fact_outcome>& outcomes) {
    return std::all_of(outcomes.begin(), outcomes.end(), [](const fact_outcome& each) { return each.has_value(); });
}

void topic_partition::set_unsettled(v1::DeliveryReport report) {
    metrics_.unsettled(report.facts_size() - unsettled_.facts_size());
    unsettled_ = std::move(report);
}

void topic_partition::complain(const char* event, const std::string& text) {
    if (standing_.set_fault(name(), text)) {
        monitoring::log(monitoring::severity::warning, event,
                        {{"partition", static_cast<std::int64_t>(partition_)}, {"reason", text}});
    }
}

topic_partition::rest topic_partition::look_again_after(std::chrono::milliseconds pause) {
    return {pause, false};
}

topic_partition::rest topic_partition::back_off() {
    pause_ = pause_.count() == 0 ? settings_.pause_first : std::min(pause_ * 2, settings_.pause_most);
    return look_again_after(pause_);
}

} // namespace tongban::delivery
