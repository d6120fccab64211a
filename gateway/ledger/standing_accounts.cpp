// Sums are a few rows. The walk goes through cases, then each region's events, then queues and dead letters; its
// cursor is the next row's key. What does not fit is looked at again, because the view goes on meanwhile. With a filter
// only cases are walked, each with all its rows: sums over kinds of rows, read one after the other, would not agree.
#include "gateway/ledger/case_balance.hpp"
#include "gateway/ledger/delivery_view.hpp"
#include "gateway/ledger/queue_rows.hpp"
#include "gateway/ledger/record.hpp"
#include "gateway/ledger/view_accounts.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>

namespace tongban::ledger {

namespace {

using error_code = boost::system::error_code;

constexpr std::string_view kinds = "cgqx"; // in this order
constexpr int attempts = 5;
constexpr std::size_t chunk_cases = 500;
constexpr std::size_t stretch_bytes_max = 16u << 20; // a stretch of cases with large dossiers ends earlier

// A cursor is a key in hexadecimal digits.
std::optional<std::string> key_of(std::string_view cursor) {
    const auto key = cursor.empty() || cursor.size() > 128 ? std::nullopt : from_hex(cursor);
    return !key || kinds.find(key->front()) == std::string_view::npos ? std::nullopt : key;
}

class standing_run {
public:
    standing_run(const store::view_store& rows, const standing_query& query) : rows_(rows), cases_(rows), query_(query) {}

    boost::system::result<standing_accounts> run() {
        if (!query_.filter.all()) {
            if (const auto error = walk_cases()) {
                return error;
            }
            return std::move(told_);
        }
        for (int i = 0; i < attempts; ++i) {
            if (const auto error = take_sums()) {
                return error;
            }
            if (!told_.moving || told_.gap() == 0) {
                break;
            }
        }
        if (query_.walk || !query_.after.empty() || (told_.gap() != 0 && !told_.moving)) {
            if (const auto error = walk_rows()) {
                return error;
            }
        }
        return std::move(told_);
    }

private:
    error_code take_sums() {
        told_ = {};
        const auto before = cases_.positions();
        const auto totals = cases_.totals();
        const auto targets = delivery_view(rows_, nullptr).totals();
        const auto after = cases_.positions();
        if (!before || !totals || !targets || !after) {
            return store::make_error_code(store::errc::failed);
        }
        told_.moving = *before != *after;
        told_.accepted = totals->accepted();
        told_.closed = totals->closed();
        for (const auto& open : totals->open()) {
            // Collected, not filed yet: neither accepted nor open here.
            (open.status() == v1::CASE_STATUS_COLLECTED ? told_.collected_only : told_.open) += open.count();
        }
        for (const auto& [region, row] : *targets) {
            told_.targets[region] = {row.due, row.acknowledged, row.pending, row.dead_lettered, row.discarded};
        }
        return {};
    }

    error_code walk_rows() {
        std::string from(1, kinds.front());
        if (!query_.after.empty()) {
            const auto key = key_of(query_.after);
            if (!key) {
                return boost::system::errc::make_error_code(boost::system::errc::invalid_argument);
            }
            from = *key;
        }
        told_.walked = true;
        while (!from.empty() && told_.rows_walked < query_.rows_max) {
            const char kind = from.front();
            if (const auto error = kind == 'q' || kind == 'x' ? walk_queues(from) : walk_chunk(from)) {
                return error;
            }
            if (from.empty() && kind != kinds.back()) {
                from = kinds.substr(kinds.find(kind) + 1, 1);
            }
        }
        told_.next = from.empty() ? "" : to_hex(from);
        return {};
    }

    error_code walk_cases() {
        const auto key = query_.after.empty() ? std::string("c") : key_of(query_.after);
        if (!key || key->front() != 'c') {
            return boost::system::errc::make_error_code(boost::system::errc::invalid_argument);
        }
        told_.walked = true;
        std::string from = *key;
        while (!from.empty() && !is_spent()) {
            std::vector<std::string> chunk;
            std::string next;
            const auto error = rows_.scan(from, rows::key('c').past(), [&](std::string_view found, std::string_view) {
                if (chunk.size() == std::min(chunk_cases, left())) {
                    next = found;
                    return false;
                }
                chunk.emplace_back(found);
                return true;
            });
            if (error) {
                return error;
            }
            for (const auto& each : chunk) {
                if (is_spent()) {
                    next = each;
                    break;
                }
                if (const auto failed = add_case(each)) {
                    return failed;
                }
            }
            from = next;
        }
        told_.next = from.empty() ? "" : to_hex(from);
        return {};
    }

    bool is_spent() const { return told_.rows_walked >= query_.rows_max || bytes_ >= stretch_bytes_max; }

    error_code add_case(std::string_view key) {
        auto balance = balance_of(rows_, rows::cursor(key.substr(1)).number(), query_.filter);
        if (!balance) {
            return balance.error();
        }
        told_.rows_walked += balance->rows;
        bytes_ += balance->bytes;
        if (!balance->taken) {
            return {};
        }
        told_.moving = told_.moving || balance->moving;
        told_.accepted += balance->accepted;
        told_.closed += balance->closed;
        told_.open += balance->open;
        told_.collected_only += balance->collected_only;
        for (const auto& [region, target] : balance->targets) {
            told_.targets[region].add(target);
        }
        std::ranges::move(balance->findings, std::back_inserter(told_.findings));
        return {};
    }

    std::size_t left() const { return query_.rows_max - static_cast<std::size_t>(told_.rows_walked); }

    error_code walk_queues(std::string& from) {
        queued_walk walked;
        if (const auto error = walk_queued(rows_, from, left(), walked)) {
            return error;
        }
        told_.rows_walked += walked.visited;
        for (const auto& each : walked.unknown) {
            told_.findings.push_back({discrepancy::queue_unknown, each.case_id, each.region, each.place});
        }
        from = walked.next;
        return {};
    }

    error_code walk_chunk(std::string& from) {
        std::vector<std::pair<std::string, std::string>> chunk;
        std::string next;
        const auto most = left();
        const auto error = rows_.scan(from, rows::key(from.front()).past(),
                                      [&](std::string_view key, std::string_view value) {
                                          if (chunk.size() == most) {
                                              next = key;
                                              return false;
                                          }
                                          chunk.emplace_back(key, from.front() == 'g' ? value : std::string_view());
                                          return true;
                                      });
        if (error) {
            return error;
        }
        told_.rows_walked += chunk.size();
        for (const auto& [key, value] : chunk) {
            if (const auto failed = key.front() == 'c' ? check_case(key) : check_event(key, value)) {
                return failed;
            }
        }
        from = next;
        return {};
    }

    error_code check_case(std::string_view key) {
        const auto number = rows::cursor(key.substr(1)).number();
        std::optional<finding> wrong;
        for (int i = 0; i < attempts; ++i) {
            const auto state = cases_.case_of(number);
            if (!state || !*state) {
                wrong = finding{discrepancy::case_differs, {}, {}, "c " + to_hex(key.substr(1))};
                break;
            }
            wrong.reset();
            const auto& case_id = (*state)->case_id();
            const auto named = cases_.find(case_id);
            if (!named) {
                return named.error();
            }
            if (!*named || (*named)->number.number != number.number ||
                (*named)->number.partition != number.partition) {
                wrong = finding{discrepancy::case_missing, case_id, {}, {}};
            }
            for (const auto& outbox : (*state)->outbox()) {
                const auto stands = is_queued(rows_, number, outbox);
                if (!stands) {
                    return stands.error();
                }
                if (!*stands) {
                    wrong = finding{discrepancy::queue_missing, case_id, outbox.region(),
                                    "event " + std::to_string(outbox.pending(0).ordinal())};
                }
            }
            if (!wrong) {
                return {};
            }
        }
        told_.findings.push_back(std::move(*wrong));
        return {};
    }

    // An event that the region must learn is settled or waits.
    error_code check_event(std::string_view key, std::string_view value) {
        rows::cursor at(key.substr(1));
        const auto region = rows::region_text(at.text(rows::region_size));
        const auto partition = at.u16();
        const auto row = rows::decode_region_event(value);
        if (!row) {
            told_.findings.push_back({discrepancy::delivery_differs, {}, region, "g " + to_hex(key.substr(1))});
            return {};
        }
        const case_number number{partition, row->number};
        std::string case_id;
        for (int i = 0; i < 2; ++i) {
            const auto state = cases_.case_of(number);
            if (!state) {
                return state.error();
            }
            if (*state) {
                case_id = (*state)->case_id();
                if (const auto* outbox = cases::outbox_of(**state, region)) {
                    for (const auto& pending : outbox->pending()) {
                        if (pending.ordinal() == row->ordinal) {
                            return {};
                        }
                    }
                }
            }
            // Read after the case: what left its outbox meanwhile is settled now.
            std::string bytes;
            const auto settled = rows_.get(rows::settled_delivery(number, row->ordinal, region), bytes);
            if (!settled) {
                return settled.error();
            }
            if (*settled) {
                return {};
            }
        }
        told_.findings.push_back(
            {discrepancy::delivery_missing, case_id, region, "event " + std::to_string(row->ordinal)});
        return {};
    }

    const store::view_store& rows_;
    const view cases_;
    const standing_query& query_;
    standing_accounts told_;
    std::size_t bytes_ = 0; // read of cases
};

} // namespace

std::uint64_t standing_accounts::gap() const {
    auto all = static_cast<std::uint64_t>(std::abs(accepted - closed - open));
    for (const auto& [region, target] : targets) {
        all += static_cast<std::uint64_t>(std::abs(target.gap()));
    }
    return all;
}

boost::system::result<standing_accounts> standing(const store::view_store& rows, const standing_query& query) {
    return standing_run(rows, query).run();
}

} // namespace tongban::ledger
