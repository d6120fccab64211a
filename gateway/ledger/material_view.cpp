#include "gateway/ledger/material_view.hpp"

#include "gateway/ledger/rows.hpp"

namespace tongban::ledger {

namespace {
constexpr std::size_t event_id_size = 16;
constexpr std::size_t sha256_size = 32;
}

boost::system::result<bool> material_view::references(case_number number, std::string_view sha256) const {
    std::string value;
    return rows_.get(rows::file_of(sha256, number), value);
}

boost::system::result<bool> material_view::is_referenced(std::string_view sha256) const {
    bool found = false;
    const auto from = rows::files(sha256);
    if (auto error = rows_.scan(from, from.past(), [&](std::string_view, std::string_view) {
            found = true;
            return false;
        })) {
        return {boost::system::in_place_error, error};
    }
    return found;
}

boost::system::error_code material_view::cases_of(std::string_view sha256,
                                                  const std::function<bool(case_number)>& visit) const {
    const auto from = rows::files(sha256);
    return rows_.scan(from, from.past(), [&](std::string_view key, std::string_view) {
        rows::cursor at(key.substr(from.view().size()));
        return visit(at.number());
    });
}

boost::system::error_code material_view::referenced(const std::function<bool(std::string_view)>& visit) const {
    const auto from = rows::files({});
    std::string last;
    return rows_.scan(from, from.past(), [&](std::string_view key, std::string_view) {
        const auto digest = key.substr(from.view().size(), sha256_size);
        if (digest == last) {
            return true;
        }
        last = digest;
        return visit(last);
    });
}

boost::system::result<std::vector<material_view::outcome>> material_view::outcomes_of(case_number number) const {
    std::vector<outcome> facts;
    bool whole = true;
    const auto from = rows::fetch_outcomes(number);
    const auto error = rows_.scan(from, from.past(), [&](std::string_view, std::string_view value) {
        outcome one;
        rows::cursor at(value);
        one.recorded_ms = static_cast<std::int64_t>(at.u64());
        one.offset = at.u64();
        whole = at.ok() && one.fact.ParseFromArray(at.rest().data(), static_cast<int>(at.rest().size()));
        const bool same = !facts.empty() && facts.back().fact.event_id() == one.fact.event_id() &&
                          facts.back().fact.file() == one.fact.file();
        if (whole && !same) {
            facts.push_back(std::move(one)); // fetched (1) sorts before given up (2)
        }
        return whole;
    });
    if (error || !whole) {
        return error ? error : store::make_error_code(store::errc::failed);
    }
    return facts;
}

boost::system::error_code
material_view::unfetched(std::uint32_t partition, const std::function<bool(const unfetched_file&)>& visit) const {
    const auto from = rows::unfetched(partition);
    return rows_.scan(from, from.past(), [&](std::string_view key, std::string_view value) {
        rows::cursor at(key.substr(1));
        unfetched_file found;
        found.number = at.number();
        found.event_id = at.text(event_id_size);
        found.file = at.u32();
        rows::cursor row(value);
        found.recorded_ms = static_cast<std::int64_t>(row.u64());
        return !at.ok() || !row.ok() || visit(found);
    });
}

} // namespace tongban::ledger
