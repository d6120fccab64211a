// Scratch rows: "c" case id → the account; "d" case id, ordinal (4), region → the settled delivery's bytes.
#include "gateway/ledger/case_accounts.hpp"

#include "gateway/cases/case_id.hpp"
#include "gateway/ledger/record.hpp"
#include "gateway/ledger/rows.hpp"

namespace tongban::ledger {

namespace {

using error_code = boost::system::error_code;

constexpr std::size_t chunk_cases = 500;

error_code broken() {
    return store::make_error_code(store::errc::failed);
}

std::string account_key(std::string_view case_id) {
    return "c" + std::string(case_id);
}

std::string settled_key(std::string_view case_id, std::uint32_t ordinal, std::string_view region) {
    std::string key = "d" + std::string(case_id);
    rows::append_u32(key, ordinal);
    return key += region;
}

std::string encode(const case_account& account) {
    std::string value;
    rows::append_u32(value, account.partition);
    rows::append_u32(value, account.accepted);
    rows::append_u64(value, static_cast<std::uint64_t>(account.first_ms));
    rows::append_u32(value, static_cast<std::uint32_t>(account.settled.size()));
    for (const auto& [region, target] : account.settled) {
        rows::append_u32(value, static_cast<std::uint32_t>(region.size()));
        value += region;
        for (const auto count : {target.due, target.acknowledged, target.discarded}) {
            rows::append_u64(value, static_cast<std::uint64_t>(count));
        }
    }
    account.state.AppendToString(&value);
    return value;
}

bool decode(std::string_view value, case_account& account) {
    rows::cursor at(value);
    account.partition = at.u32();
    account.accepted = at.u32();
    account.first_ms = static_cast<std::int64_t>(at.u64());
    account.settled.clear();
    for (auto left = at.u32(); left > 0 && at.ok(); --left) {
        const auto size = at.u32();
        auto& target = account.settled[std::string(at.text(size))];
        for (auto* count : {&target.due, &target.acknowledged, &target.discarded}) {
            *count = static_cast<std::int64_t>(at.u64());
        }
    }
    const auto rest = at.rest();
    return at.ok() && account.state.ParseFromArray(rest.data(), static_cast<int>(rest.size()));
}

} // namespace

void target_account::add(const target_account& other) noexcept {
    due += other.due;
    acknowledged += other.acknowledged;
    pending += other.pending;
    dead_lettered += other.dead_lettered;
    discarded += other.discarded;
}

std::map<std::string, target_account, std::less<>> case_account::targets() const {
    auto all = settled;
    for (const auto& outbox : state.outbox()) {
        auto& target = all[outbox.region()];
        target.dead_lettered += outbox.dead() ? 1 : 0;
        target.pending += outbox.pending_size() - (outbox.dead() ? 1 : 0);
    }
    return all;
}

case_accounts::case_accounts(store::view_store& scratch) : scratch_(scratch), batch_(scratch.new_batch()) {}

boost::system::result<case_account*> case_accounts::find(const std::string& case_id) {
    if (const auto hot = hot_.find(case_id); hot != hot_.end()) {
        return &hot->second;
    }
    std::string bytes;
    const auto found = scratch_.get(account_key(case_id), bytes);
    if (!found) {
        return found.error();
    }
    if (!*found) {
        return nullptr;
    }
    case_account account;
    if (!decode(bytes, account)) {
        return broken();
    }
    return &hot_.emplace(case_id, std::move(account)).first->second;
}

boost::system::result<bool> case_accounts::fold(const log::record& record) {
    ++records_;
    strangers_.clear();
    if (!cases::is_case_id(record.key) ||
        !record_.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()))) {
        return false;
    }
    if (!record_.has_deliveries() && record_.event().case_().case_id() != record.key) {
        return false;
    }
    auto error = record_.has_deliveries() ? fold_facts(record) : fold_event(record);
    if (!error && hot_.size() >= in_memory_max) {
        error = settle();
    }
    return error ? boost::system::result<bool>(boost::system::in_place_error, error) : true;
}

error_code case_accounts::fold_event(const log::record& record) {
    const std::string case_id(record.key);
    const auto found = find(case_id);
    if (!found) {
        return found.error();
    }
    case_account fresh;
    auto& account = *found != nullptr ? **found : fresh;
    const auto at = recorded_at(record_, record);
    if (cases::evolve(account.state, record_, at) != cases::verdict::applied) {
        return {};
    }
    account.accepted += record_.event().has_case_submitted() && account.state.revision() == 1;
    for (const auto region : cases::add_due(account.state, record_, record.at.offset, at)) {
        ++account.settled[std::string(region)].due;
    }
    if (*found == nullptr) {
        account.partition = record.at.partition;
        account.first_ms = at.time_since_epoch().count();
        hot_.emplace(case_id, std::move(fresh));
    }
    return {};
}

error_code case_accounts::fold_facts(const log::record& record) {
    const auto at = recorded_at(record_, record);
    for (const auto& fact : record_.deliveries().facts()) {
        const auto& id = fact.delivery();
        const auto found = cases::is_case_id(id.case_id()) ? find(id.case_id()) : nullptr;
        if (!found) {
            return found.error();
        }
        if (*found == nullptr || (*found)->partition != record.at.partition) {
            strangers_.push_back(cases::is_case_id(id.case_id()) ? id.case_id() : std::string());
            continue;
        }
        auto& account = **found;
        const auto outcome = cases::fold_delivery(account.state, fact, at);
        if (!outcome.settled) {
            continue;
        }
        auto& target = account.settled[id.region()];
        ++(outcome.settled->status() == v1::DELIVERY_STATUS_ACKNOWLEDGED ? target.acknowledged : target.discarded);
        batch_->put(settled_key(id.case_id(), id.ordinal(), id.region()), outcome.settled->SerializeAsString());
    }
    return {};
}

error_code case_accounts::settle() {
    for (const auto& [case_id, account] : hot_) {
        batch_->put(account_key(case_id), encode(account));
    }
    if (const auto error = scratch_.write(*batch_)) {
        return error;
    }
    batch_->clear();
    hot_.clear();
    return {};
}

error_code case_accounts::each(
    const std::function<error_code(const std::string& case_id, const case_account&)>& visit) const {
    std::string from = "c";
    for (;;) {
        // By chunks: `visit` may read the same store.
        std::vector<std::pair<std::string, case_account>> chunk;
        bool readable = true;
        const auto error = scratch_.scan(from, "d", [&](std::string_view key, std::string_view value) {
            readable = decode(value, chunk.emplace_back(std::string(key.substr(1)), case_account{}).second);
            return readable && chunk.size() < chunk_cases;
        });
        if (error || !readable) {
            return error ? error : broken();
        }
        for (const auto& [case_id, account] : chunk) {
            if (const auto stopped = visit(case_id, account)) {
                return stopped;
            }
        }
        if (chunk.size() < chunk_cases) {
            return {};
        }
        from = account_key(chunk.back().first) + '\0';
    }
}

boost::system::result<bool> case_accounts::knows(std::string_view case_id) const {
    std::string bytes;
    return scratch_.get(account_key(case_id), bytes);
}

boost::system::result<std::vector<case_accounts::settled_row>>
case_accounts::settled_of(std::string_view case_id) const {
    std::vector<settled_row> all;
    const auto prefix = "d" + std::string(case_id);
    const auto error =
        scratch_.scan(prefix, prefix + "\xff\xff", [&](std::string_view key, std::string_view value) {
            rows::cursor at(key.substr(prefix.size()));
            const auto ordinal = at.u32();
            all.push_back({ordinal, std::string(at.rest()), std::string(value)});
            return true;
        });
    if (error) {
        return error;
    }
    return all;
}

} // namespace tongban::ledger
