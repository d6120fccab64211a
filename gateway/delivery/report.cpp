// One coroutine per record, all on the caller's executor; the last to end wakes the caller.
#include "gateway/delivery/report.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <map>
#include <memory>

namespace tongban::delivery {

namespace asio = boost::asio;

namespace {

struct one_record {
    v1::LedgerRecord record;
    std::vector<std::size_t> places; // of its facts among all
};

struct under_way {
    explicit under_way(const asio::any_io_executor& executor)
        : all_done(executor, asio::steady_timer::time_point::max()) {}
    std::vector<one_record> records;
    std::vector<fact_outcome> outcomes;
    std::size_t left = 0;
    asio::steady_timer all_done;
};

asio::awaitable<void> append(ledger::ledger& ledger, std::shared_ptr<under_way> job, std::size_t which,
                             std::chrono::steady_clock::time_point deadline) {
    auto& one = job->records[which];
    const auto projected = co_await ledger.append(one.record, deadline);
    for (std::size_t i = 0; i < one.places.size(); ++i) {
        auto& outcome = job->outcomes[one.places[i]];
        if (!projected) {
            outcome = projected.error();
        } else if (i < projected->facts.size()) {
            outcome = projected->facts[i];
        }
    }
    if (--job->left == 0) {
        job->all_done.cancel();
    }
}

std::vector<one_record> by_partition(const ledger::ledger& ledger, std::vector<v1::DeliveryFact>& facts,
                                     const v1::Sender& sender) {
    std::map<std::uint32_t, std::size_t> open; // partition → record being filled
    std::vector<one_record> records;
    for (std::size_t i = 0; i < facts.size(); ++i) {
        const auto partition = ledger.partition_of(facts[i].delivery().case_id());
        const auto found = open.find(partition);
        if (found == open.end() ||
            records[found->second].record.deliveries().facts_size() == facts_per_record_max) {
            open[partition] = records.size();
            *records.emplace_back().record.mutable_sender() = sender;
        }
        auto& one = records[open[partition]];
        *one.record.mutable_deliveries()->add_facts() = std::move(facts[i]);
        one.places.push_back(i);
    }
    return records;
}

} // namespace

asio::awaitable<std::vector<fact_outcome>> report(ledger::ledger& ledger, std::vector<v1::DeliveryFact> facts,
                                                  v1::Sender sender,
                                                  std::chrono::steady_clock::time_point deadline) {
    const auto executor = co_await asio::this_coro::executor;
    const auto job = std::make_shared<under_way>(executor);
    job->outcomes.assign(facts.size(), fact_outcome(ledger::fact_result{cases::delivery_verdict::malformed}));
    job->records = by_partition(ledger, facts, sender);
    job->left = job->records.size();
    for (std::size_t i = 0; i < job->records.size(); ++i) {
        asio::co_spawn(executor, append(ledger, job, i, deadline), asio::detached);
    }
    if (job->left > 0) {
        (void)co_await job->all_done.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    co_return std::move(job->outcomes);
}

v1::Sender gateway_sender() {
    v1::Sender sender;
    sender.set_partner("gateway");
    sender.set_role(v1::ROLE_GATEWAY);
    return sender;
}

} // namespace tongban::delivery
