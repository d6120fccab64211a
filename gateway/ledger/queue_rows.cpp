// The projector may write between two reads: what does not fit is looked at once more before it is told.
#include "gateway/ledger/queue_rows.hpp"

#include "gateway/ledger/delivery_rows.hpp"

#include <algorithm>

namespace tongban::ledger {

namespace {

using error_code = boost::system::error_code;

struct head_row {
    std::string key;
    std::string value;
};

head_row row_of(case_number number, const v1::Outbox& outbox) {
    const auto& first = outbox.pending(0);
    const auto value = rows::encode(rows::queued_row{first.ordinal(), first.offset(), first.due_ms()});
    if (outbox.dead()) {
        return {std::string(rows::dead_letter(outbox.region(), number).view()), value};
    }
    const auto visible = std::max(first.due_ms(), outbox.visible_at_ms());
    return {std::string(rows::queued_delivery(outbox.region(), number.partition, visible, number.number).view()),
            value};
}

struct found_row {
    std::string key;
    std::string value;
    std::string region;
    case_number number;
};

found_row read_row(std::string_view key, std::string_view value) {
    found_row row{std::string(key), std::string(value), {}, {}};
    rows::cursor at(key.substr(1));
    row.region = rows::region_text(at.text(rows::region_size));
    row.number.partition = at.u16();
    if (key.front() == 'q') {
        at.u64(); // visible_ms
    }
    row.number.number = at.u64();
    return row;
}

// True when the case's outbox asks for exactly this row.
boost::system::result<bool> is_explained(const store::view_store& rows, const found_row& row, std::string& case_id) {
    const auto state = view(rows).case_of(row.number);
    if (!state) {
        return {boost::system::in_place_error, state.error()};
    }
    if (!*state) {
        return false;
    }
    case_id = (*state)->case_id();
    const auto* outbox = cases::outbox_of(**state, row.region);
    if (outbox == nullptr || outbox->pending().empty()) {
        return false;
    }
    const auto expected = row_of(row.number, *outbox);
    return expected.key == row.key && expected.value == row.value;
}

} // namespace

boost::system::result<bool> is_queued(const store::view_store& rows, case_number number, const v1::Outbox& outbox) {
    if (outbox.pending().empty()) {
        return true;
    }
    const auto expected = row_of(number, outbox);
    std::string value;
    auto found = rows.get(expected.key, value);
    if (found) {
        found = *found && value == expected.value;
    }
    return found;
}

error_code walk_queued(const store::view_store& rows, const std::string& from, std::size_t rows_max,
                       queued_walk& walked) {
    walked = {};
    std::vector<found_row> chunk;
    const auto error =
        rows.scan(from, rows::key(from.front()).past(), [&](std::string_view key, std::string_view value) {
            if (chunk.size() == rows_max) {
                walked.next = key;
                return false;
            }
            chunk.push_back(read_row(key, value));
            return true;
        });
    if (error) {
        return error;
    }
    walked.visited = chunk.size();
    for (const auto& row : chunk) {
        std::string case_id;
        auto explained = is_explained(rows, row, case_id);
        if (explained && !*explained) {
            std::string again;
            const auto stands = rows.get(row.key, again);
            if (stands && !*stands) {
                continue;
            }
            explained = is_explained(rows, row, case_id);
        }
        if (!explained) {
            return explained.error();
        }
        if (!*explained) {
            walked.unknown.push_back({case_id, row.region,
                                      std::string(1, row.key.front()) + " " + std::to_string(row.number.partition) +
                                          "/" + std::to_string(row.number.number)});
        }
    }
    return {};
}

} // namespace tongban::ledger
