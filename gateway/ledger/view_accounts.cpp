// First each case with its rows, then what the view has too much, then its totals.
#include "gateway/ledger/view_accounts.hpp"

#include "gateway/ledger/delivery_view.hpp"
#include "gateway/ledger/queue_rows.hpp"

#include <algorithm>

namespace tongban::ledger {

namespace {

using error_code = boost::system::error_code;

// What the cases add up to, for the totals' rows.
struct sums {
    std::int64_t accepted = 0;
    std::int64_t closed = 0;
    std::map<std::string, std::int64_t, std::less<>> open; // by row key
    std::map<std::string, target_account, std::less<>> targets;
    std::size_t cases = 0;
    std::size_t queued = 0; // rows of queues and dead letters

    void add(const case_account& account) {
        const auto& state = account.state;
        const bool ended = cases::is_closed(state.status());
        ++cases;
        accepted += account.accepted;
        closed += state.revision() > 0 && ended;
        queued += static_cast<std::size_t>(state.outbox_size());
        if (!ended) {
            ++open[std::string(rows::open_count(state.dest_region(), state.status()).view())];
        }
        for (const auto& [region, target] : account.targets()) {
            targets[region].add(target);
        }
    }
};

std::string figures(const target_account& is, const target_account& should) {
    std::string text;
    const auto say = [&](const char* what, std::int64_t a, std::int64_t b) {
        if (a != b) {
            text += (text.empty() ? "" : ", ") + std::string(what) + " " + std::to_string(a) + " != " +
                    std::to_string(b);
        }
    };
    say("due", is.due, should.due);
    say("acknowledged", is.acknowledged, should.acknowledged);
    say("pending", is.pending, should.pending);
    say("dead_lettered", is.dead_lettered, should.dead_lettered);
    say("discarded", is.discarded, should.discarded);
    return text;
}

class comparison {
public:
    comparison(const case_accounts& accounts, const store::view_store& rows, const reconciliation_filter& filter,
               reconciliation& report)
        : accounts_(accounts), rows_(rows), filter_(filter), report_(report), cases_(rows) {}

    error_code run() {
        auto error = accounts_.each([&](const std::string& case_id, const case_account& account) {
            if (!filter_.takes(account)) {
                return error_code();
            }
            sums_.add(account);
            return compare_case(case_id, account);
        });
        if (error || !filter_.all()) {
            return error;
        }
        if ((error = too_many_cases()) || (error = too_many_queued()) || (error = compare_case_totals())) {
            return error;
        }
        return compare_target_totals();
    }

private:
    void wrong(discrepancy what, std::string case_id, std::string region = {}, std::string place = {}) {
        report_.add({what, std::move(case_id), std::move(region), std::move(place)});
    }

    error_code compare_case(const std::string& case_id, const case_account& account) {
        const auto row = cases_.find(case_id);
        if (!row && row.error() != store::make_error_code(store::errc::failed)) {
            return row.error();
        }
        if (!row || !*row) {
            // A name that leads to no readable case is as good as none.
            wrong(discrepancy::case_missing, case_id);
            return {};
        }
        if ((*row)->state.SerializeAsString() != account.state.SerializeAsString()) {
            wrong(discrepancy::case_differs, case_id);
        }
        for (const auto& outbox : account.state.outbox()) {
            const auto stands = is_queued(rows_, (*row)->number, outbox);
            if (!stands) {
                return stands.error();
            }
            if (!*stands) {
                wrong(discrepancy::queue_missing, case_id, outbox.region(),
                      "event " + std::to_string(outbox.pending(0).ordinal()));
            }
        }
        return compare_settled(case_id, (*row)->number);
    }

    error_code compare_settled(const std::string& case_id, case_number number) {
        const auto expected = accounts_.settled_of(case_id);
        if (!expected) {
            return expected.error();
        }
        std::map<std::string, std::string> found;
        const auto prefix = rows::settled_deliveries(number);
        const auto error = rows_.scan(prefix, prefix.past(), [&](std::string_view key, std::string_view value) {
            found.emplace(key, value);
            return true;
        });
        if (error) {
            return error;
        }
        for (const auto& row : *expected) {
            const auto at = found.find(std::string(rows::settled_delivery(number, row.ordinal, row.region).view()));
            const auto place = "event " + std::to_string(row.ordinal);
            if (at == found.end()) {
                wrong(discrepancy::delivery_missing, case_id, row.region, place);
                continue;
            }
            if (at->second != row.bytes) {
                wrong(discrepancy::delivery_differs, case_id, row.region, place);
            }
            found.erase(at);
        }
        for (const auto& [key, value] : found) {
            rows::cursor at(std::string_view(key).substr(prefix.view().size()));
            const auto ordinal = at.u32();
            wrong(discrepancy::delivery_differs, case_id, rows::region_text(at.rest()),
                  "event " + std::to_string(ordinal));
        }
        return {};
    }

    // Names in the view that the ledger does not have.
    error_code too_many_cases() {
        error_code failed;
        const auto error =
            rows_.scan(rows::key('n'), rows::key('n').past(), [&](std::string_view key, std::string_view) {
                const auto digest = key.substr(1, rows::digest_size);
                const auto case_id = "TB" + rows::region_text(key.substr(1 + rows::digest_size)) + std::string(digest);
                const auto known = accounts_.knows(case_id);
                if (!known) {
                    failed = known.error();
                    return false;
                }
                if (!*known) {
                    wrong(discrepancy::case_unknown, case_id);
                }
                return true;
            });
        if (error || failed) {
            return error ? error : failed;
        }
        std::size_t states = 0;
        const auto counted =
            rows_.scan(rows::key('c'), rows::key('c').past(), [&](std::string_view, std::string_view) {
                ++states;
                return true;
            });
        if (states != sums_.cases) {
            wrong(discrepancy::totals_differ, {}, {},
                  "cases " + std::to_string(states) + " != " + std::to_string(sums_.cases));
        }
        return counted;
    }

    error_code too_many_queued() {
        queued_walk walked;
        for (const char kind : {'q', 'x'}) {
            std::string from(1, kind);
            do {
                const auto error = walk_queued(rows_, from, 1000, walked);
                if (error) {
                    return error;
                }
                for (const auto& each : walked.unknown) {
                    wrong(discrepancy::queue_unknown, each.case_id, each.region, each.place);
                }
                from = walked.next;
            } while (!from.empty());
        }
        return {};
    }

    error_code compare_case_totals() {
        const auto found = cases_.totals();
        if (!found) {
            return found.error();
        }
        const auto compare = [&](const std::string& what, std::int64_t is, std::int64_t should) {
            if (is != should) {
                wrong(discrepancy::totals_differ, {}, {},
                      what + " " + std::to_string(is) + " != " + std::to_string(should));
            }
        };
        compare("accepted", found->accepted(), sums_.accepted);
        compare("closed", found->closed(), sums_.closed);
        auto expected = sums_.open;
        for (const auto& open : found->open()) {
            auto& left = expected[std::string(rows::open_count(open.dest_region(), open.status()).view())];
            compare("open " + std::string(cases::name(open.status())) + " " + open.dest_region(), open.count(), left);
            left = 0;
        }
        for (const auto& [key, left] : expected) {
            compare("open " + rows::region_text(std::string_view(key).substr(1, rows::region_size)), 0, left);
        }
        return {};
    }

    error_code compare_target_totals() {
        const auto found = delivery_view(rows_, nullptr).totals();
        if (!found) {
            return found.error();
        }
        auto expected = sums_.targets;
        for (const auto& [region, row] : *found) {
            const target_account is{row.due, row.acknowledged, row.pending, row.dead_lettered, row.discarded};
            if (is != expected[region]) {
                wrong(discrepancy::totals_differ, {}, region, figures(is, expected[region]));
            }
            expected.erase(region);
        }
        for (const auto& [region, should] : expected) {
            if (should != target_account{}) {
                wrong(discrepancy::totals_differ, {}, region, figures({}, should));
            }
        }
        return {};
    }

    const case_accounts& accounts_;
    const store::view_store& rows_;
    const reconciliation_filter& filter_;
    reconciliation& report_;
    const view cases_;
    sums sums_;
};

} // namespace

error_code compare_accounts(const case_accounts& accounts, const store::view_store& rows,
                            const reconciliation_filter& filter, reconciliation& report) {
    return comparison(accounts, rows, filter, report).run();
}

} // namespace tongban::ledger
