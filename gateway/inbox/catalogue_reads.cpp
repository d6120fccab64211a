// GET /v1/catalogue: what may I send, to whom, under which agreement and terms, and which bundles may I file; and what may
// be sent to me. A page is bounded in entries, bytes and rows looked at; a client that has it already is answered without
// one.
#include "gateway/cases/shown_item.hpp"
#include "gateway/http/json_answer.hpp"
#include "gateway/http/query_rules.hpp"
#include "gateway/inbox/bundle_listing.hpp"
#include "gateway/inbox/case_access.hpp"
#include "gateway/inbox/route_sets.hpp"
#include "schemas/canonical_json.hpp"

#include <algorithm>
#include <charconv>

namespace tongban::inbox {

namespace asio = boost::asio;

namespace {

constexpr std::size_t page_max = 200;
constexpr std::size_t page_bytes_max = 1UL << 20;
constexpr std::size_t visited_max = 20'000;

// Where a page ends: region of the caller, way from or to it, row of the destination. Behind all ways of all regions stand
// the bundles: `region` is that of the caller again, counted on, and `row` the bundle. Good for one catalogue only.
struct place {
    std::size_t region = 0;
    std::size_t way = 0;
    std::size_t row = 0;
};

struct question {
    bool receive = false;
    std::uint32_t other = 0; // the other side; 0: any
    std::string item;        // 实施编码 or 基本编码; empty: any
    std::size_t limit = 50;
    place from;
    std::int32_t day = 0;
};

std::string hex(std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const unsigned char c : bytes) {
        text += digits[c >> 4U];
        text += digits[c & 15U];
    }
    return text;
}

std::string stamp_of(const cases::catalogue& known) {
    return hex(std::string_view(known.header().digest()).substr(0, 8));
}

std::string cursor_text(const cases::catalogue& known, const place& at) {
    return stamp_of(known) + '.' + std::to_string(at.region) + '.' + std::to_string(at.way) + '.' + std::to_string(at.row);
}

bool parse_cursor(std::string_view text, const cases::catalogue& known, place& at) {
    const auto stamp = stamp_of(known);
    if (!text.starts_with(stamp)) {
        return false;
    }
    text.remove_prefix(stamp.size());
    for (auto* part : {&at.region, &at.way, &at.row}) {
        if (!text.starts_with('.')) {
            return false;
        }
        const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), *part);
        if (error != std::errc{}) {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    }
    return text.empty();
}

std::optional<http::problem> read_question(const http::request& request, const cases::catalogue* known, question& asked) {
    if (const auto direction = request.query_value("direction")) {
        asked.receive = *direction == "receive";
        if (!asked.receive && *direction != "send") {
            return http::bad_parameter("direction", " send 或 receive", "send or receive");
        }
    }
    if (const auto region = request.query_value("region")) {
        if (!http::is_region(*region)) {
            return http::bad_parameter("region", "六位行政区划代码", "a region code of six digits");
        }
        asked.other = cases::region_number(*region);
    }
    if (const auto item = request.query_value("item")) {
        const bool code = std::all_of(item->begin(), item->end(), [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
        });
        if (item->empty() || item->size() > 33 || !code) {
            return http::bad_parameter("item", "实施编码或基本编码", "an implementation or basic code");
        }
        asked.item = *item;
    }
    if (auto problem = http::whole_number(request, "limit", std::size_t{1}, page_max, asked.limit)) {
        return problem;
    }
    const auto cursor = request.query_value("cursor");
    if (cursor && (known == nullptr || !parse_cursor(*cursor, *known, asked.from))) {
        return http::bad_parameter("cursor", "上一页给出的 next；目录已更新时请从头读取",
                                   "the `next` of the page before; begin again when the catalogue has changed");
    }
    return std::nullopt;
}

class page_writer {
public:
    page_writer(const cases::catalogue& known, const question& asked) : known_(known), asked_(asked) {}

    v1::CataloguePage write(const security::partner& partner) {
        page_.set_configured(true);
        page_.set_version(known_.header().version());
        const auto regions = partner.regions.size();
        for (place at = asked_.from; at.region < 2 * regions; at = {at.region + 1, 0, 0}) {
            const auto mine = cases::region_number(partner.regions[at.region % regions]);
            const bool whole = at.region >= regions ? write_bundles(mine, at)
                               : known_.lists_agreements() ? write_ways(mine, at)
                                                           : write_regions(mine, at);
            if (!whole) {
                page_.set_next(cursor_text(known_, stopped_));
                break;
            }
        }
        return std::move(page_);
    }

private:
    // False where the page is full; else one more row is looked at.
    bool has_room(const place& at) {
        const auto told = page_.entries_size() + page_.bundles_size();
        if (told >= static_cast<int>(asked_.limit) || bytes_ >= page_bytes_max || visited_ >= visited_max) {
            stopped_ = at;
            return false;
        }
        ++visited_;
        return true;
    }

    bool write_bundles(std::uint32_t mine, place at) {
        const auto rows = known_.bundles();
        for (; !asked_.receive && at.row < rows.size(); ++at.row) {
            if (!has_room(at)) {
                return false;
            }
            const auto& row = rows[at.row];
            visited_ += rows_looked_at(known_, *row.bundle);
            auto entry = row.valid.covers(asked_.day) ? bundle_entry(known_, *row.bundle, mine, asked_.day) : std::nullopt;
            if (entry && concerns(*entry, asked_.other, asked_.item)) {
                bytes_ += entry->ByteSizeLong();
                *page_.add_bundles() = std::move(*entry);
            }
        }
        return true;
    }

    bool write_ways(std::uint32_t mine, place at) {
        const auto ways = asked_.receive ? known_.ways_to(mine) : known_.ways_from(mine);
        for (; at.way < ways.size(); ++at.way, at.row = 0) {
            const auto& agreement = known_.agreements()[ways[at.way].agreement];
            const auto other = ways[at.way].to;
            if ((asked_.other != 0 && asked_.other != other) || !agreement.valid.covers(asked_.day)) {
                continue;
            }
            if (!write_rows(asked_.receive ? other : mine, asked_.receive ? mine : other, &agreement, at)) {
                return false;
            }
        }
        return true;
    }

    // No agreements are listed: every region may send to every other.
    bool write_regions(std::uint32_t mine, place at) {
        if (asked_.receive) {
            return at.way > 0 || write_rows(asked_.other, mine, nullptr, at);
        }
        for (; at.way < known_.regions().size(); ++at.way, at.row = 0) {
            const auto other = known_.regions()[at.way];
            const bool wanted = other != mine && (asked_.other == 0 || asked_.other == other);
            if (wanted && !write_rows(mine, other, nullptr, at)) {
                return false;
            }
        }
        return true;
    }

    bool write_rows(std::uint32_t origin, std::uint32_t destination, const cases::agreement_row* agreement, place at) {
        const auto rows = known_.of_region(destination);
        for (; at.row < rows.size(); ++at.row) {
            if (!has_room(at)) {
                return false;
            }
            const auto& row = rows[at.row];
            const bool named = asked_.item.empty() || asked_.item == row.impl_code() || asked_.item == row.item->basic_code();
            if (named && row.valid.covers(asked_.day) && (agreement == nullptr || agreement->covers(row))) {
                add(origin, row, agreement);
            }
        }
        return true;
    }

    void add(std::uint32_t origin, const cases::item_row& row, const cases::agreement_row* agreement) {
        auto& entry = *page_.add_entries();
        if (origin != 0) {
            entry.set_origin_region(cases::region_text(origin));
        }
        entry.set_dest_region(row.item->region());
        *entry.mutable_item() = cases::with_promise(*row.item);
        entry.set_deciding_uscc(row.item->deciding().uscc());
        for (const auto mode : {v1::BUSINESS_MODE_FULL_ONLINE, v1::BUSINESS_MODE_COLLECT_FOR_OTHER, v1::BUSINESS_MODE_JOINT}) {
            const auto& of_item = row.item->modes();
            const bool item_allows =
                of_item.empty() || std::find(of_item.begin(), of_item.end(), static_cast<int>(mode)) != of_item.end();
            if (item_allows && (agreement == nullptr || agreement->allows(mode))) {
                entry.add_modes(mode);
            }
        }
        if (agreement != nullptr) {
            entry.set_agreement(agreement->agreement->id());
            entry.set_rules_version(agreement->agreement->rules_version());
            entry.set_agreement_valid_to(agreement->agreement->valid_to());
            entry.set_accepts_by_mandate(agreement->agreement->accepts_by_mandate());
            entry.set_deciding_uscc(std::string(agreement->deciding_uscc(row)));
        }
        bytes_ += entry.ByteSizeLong();
    }

    const cases::catalogue& known_;
    const question& asked_;
    v1::CataloguePage page_;
    place stopped_;
    std::size_t bytes_ = 0;
    std::size_t visited_ = 0;
};

std::int32_t china_day() {
    const auto now = std::chrono::system_clock::now() + std::chrono::hours{8};
    return static_cast<std::int32_t>(std::chrono::floor<std::chrono::days>(now).time_since_epoch().count());
}

// Of all that a page follows from: catalogue, day, who asks and what.
std::string entity_tag(const cases::catalogue* known, const http::request& request, const security::partner& partner,
                       const question& asked) {
    std::string of = (known == nullptr ? "" : stamp_of(*known)) + std::to_string(asked.day) + partner.id;
    for (const auto& region : partner.regions) {
        of += ',' + region;
    }
    for (const auto& [name, value] : request.query) {
        of += '&' + name + '=' + value;
    }
    const auto hash = std::hash<std::string>{}(of);
    return '"' + hex({reinterpret_cast<const char*>(&hash), sizeof hash}) + '"';
}

bool has_tag(std::string_view if_none_match, std::string_view tag) {
    return if_none_match == "*" || if_none_match.find(tag) != std::string_view::npos;
}

asio::awaitable<http::response> show_catalogue(http::request& request, const inbox_parts& parts) {
    const auto partner = caller(request, parts);
    if (!partner) {
        co_return http::refused(partner.error(), request);
    }
    const auto known = parts.catalogue != nullptr ? parts.catalogue->get() : nullptr;
    question asked;
    asked.day = china_day();
    if (const auto problem = read_question(request, known.get(), asked)) {
        co_return http::refused(*problem, request, partner->get());
    }
    const auto tag = entity_tag(known.get(), request, **partner, asked);
    const bool unchanged = has_tag(request.file.if_none_match, tag);
    std::string body;
    if (!unchanged) {
        body = v1::to_json(known ? page_writer(*known, asked).write(**partner) : v1::CataloguePage{});
    }
    auto response = http::json_answer(unchanged ? 304 : 200, std::move(body), unchanged ? "unchanged" : "read", **partner);
    response.headers.emplace_back("ETag", tag);
    response.headers.emplace_back("Cache-Control", "private, no-cache");
    co_return response;
}

} // namespace

std::vector<http::route> catalogue_routes(const std::shared_ptr<const inbox_parts>& parts) {
    return {{http::method::get, "/v1/catalogue",
             [parts](http::request& request) { return show_catalogue(request, *parts); },
             {"direction", "region", "item", "limit", "cursor"}}};
}

} // namespace tongban::inbox
