#include "gateway/delivery/rendering.hpp"

#include "connectors/dialects/transform.hpp"
#include "gateway/delivery/told_losses.hpp"
#include "gateway/http/json_answer.hpp"
#include "gateway/ledger/dossier_files.hpp"
#include "gateway/ledger/material_view.hpp"
#include "gateway/ledger/record.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace tongban::delivery {

namespace {

constexpr std::size_t lost_shown_max = 50;

// What stands at the address was looked at, and is not what was announced or not taken.
bool is_not_the_file(std::string_view code) {
    return code == "type" || code == "scan_refused" || code == "too_large" || code.starts_with("wrong_");
}

// The sender's address is of no use to the other side, and ends; the gateway's is good as soon as the file is there, which a
// digest from the sender tells before. Without one the file is found in the case's list.
void name_fetched(v1::CaseEvent& event, const v1::LedgerRecord& record, const v1::CaseState& state,
                  const ledger::ledger& ledger) {
    const auto row = ledger.read().find(state.case_id());
    std::vector<ledger::material_view::outcome> outcomes;
    if (row && *row) {
        if (auto known = ledger::material_view(ledger.rows()).outcomes_of((*row)->number)) {
            outcomes = std::move(*known);
        }
    }
    ledger::for_each_file(*event.mutable_dossier(), [&](std::uint32_t number, v1::MaterialFile& file) {
        const auto& waited_for = record.to_fetch();
        if (std::find(waited_for.begin(), waited_for.end(), number) == waited_for.end()) {
            return;
        }
        const v1::MaterialFact* known = nullptr;
        for (const auto& one : outcomes) {
            known = one.fact.event_id() == record.event_id() && one.fact.file() == number ? &one.fact : known;
        }
        if (known != nullptr && known->has_fetched()) {
            file.set_sha256(ledger::to_hex(known->fetched().sha256()));
            file.set_size(static_cast<std::int64_t>(known->fetched().size()));
            file.set_media_type(known->fetched().media_type());
            file.clear_content(); // it stayed inside only until the store could take it
        }
        const bool given_up = known != nullptr && known->has_failed();
        if (given_up && is_not_the_file(known->failed().code())) {
            file.clear_url(); // whoever followed it would have what the gateway refused
            file.clear_expires_at();
        }
        if (!given_up && !file.sha256().empty() && file.content().empty()) {
            file.set_url(ledger::gateway_address(state.case_id(), file));
            file.clear_expires_at();
        }
    });
}

boost::json::array shown(const std::vector<v1::Violation>& lost) {
    boost::json::array all;
    for (const auto& one : lost) {
        if (all.size() == lost_shown_max) {
            break;
        }
        all.push_back({{"field", one.field()}, {"zh", one.message_zh()}, {"en", one.message_en()}});
    }
    return all;
}

} // namespace

v1::CaseEvent whole_event(v1::LedgerRecord record, const v1::CaseState& state, const ledger::ledger& ledger) {
    v1::LedgerRecord about; // what is asked of the record after its event was taken out of it
    about.set_event_id(record.event_id());
    *about.mutable_to_fetch() = record.to_fetch();
    *about.mutable_materials() = record.materials();
    auto event = ledger::open_event(std::move(record));
    auto& ref = *event.mutable_case_();
    ref.set_case_id(state.case_id());
    ref.set_origin_region(state.origin_region());
    // The event's own destination stands: a later revision may have moved the case elsewhere.
    if (ref.dest_region().empty()) {
        ref.set_dest_region(state.dest_region());
    }
    ref.set_source_case_no(state.source_case_no());
    if (ref.dest_case_no().empty()) {
        ref.set_dest_case_no(state.dest_case_no());
    }
    // What is in the object store and not in the message is read there, also by who knows addresses only.
    ledger::for_each_file(*event.mutable_dossier(), [&](std::uint32_t, v1::MaterialFile& file) {
        if (file.url().empty() && ledger::is_stored(file, about)) {
            file.set_url(ledger::gateway_address(state.case_id(), file));
        }
    });
    if (!about.to_fetch().empty()) {
        name_fetched(event, about, state, ledger);
    }
    event.clear_fencing_token(); // a window's own; it would let its reader act in its name
    return event;
}

boost::system::result<rendered, dialects::refusal> render(const v1::CaseEvent& event, const dialects::dialect* in) {
    if (in == nullptr) {
        return rendered{"application/vnd.tongban.v1+json", v1::to_json(event), "", {}};
    }
    const v1::CaseEvent* const events[] = {&event};
    auto written = in->write(events);
    if (!written) {
        return written.error();
    }
    told_losses::of_process().tell(*in, cases::name(event.body_case()), written->lost);
    return rendered{std::move(written->content_type), std::move(written->body), in->name(), std::move(written->lost)};
}

std::string unwritable_field(const dialects::refusal& why) {
    return why.code == dialects::errc::cannot_be_written ? why.place : std::string();
}

std::string with_message(boost::json::object about, const v1::CaseEvent& event, const dialects::dialect* in) {
    auto message = render(event, in);
    if (!message) {
        // What the dialect cannot say is still delivered, whole.
        about["not_in_dialect_zh"] = message.error().message_zh;
        about["not_in_dialect"] = message.error().message_en;
        message = render(event, nullptr);
    }
    about["content_type"] = message->content_type;
    about["dialect"] = message->dialect.empty() ? "canonical" : message->dialect;
    if (!message->lost.empty()) {
        about["lost"] = shown(message->lost);
        about["lost_count"] = message->lost.size();
    }
    if (!message->dialect.empty()) {
        std::string text;
        dialects::encode_base64(message->body, text);
        about["body_base64"] = std::move(text);
        return boost::json::serialize(about);
    }
    auto text = boost::json::serialize(about);
    text.pop_back();
    return text + ",\"message\":" + message->body + '}';
}

} // namespace tongban::delivery
