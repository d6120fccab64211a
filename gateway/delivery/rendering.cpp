#include "gateway/delivery/rendering.hpp"

#include "connectors/dialects/transform.hpp"
#include "gateway/http/json_answer.hpp"
#include "gateway/ledger/dossier_files.hpp"
#include "gateway/ledger/record.hpp"

#include <boost/json/serialize.hpp>

namespace tongban::delivery {

v1::CaseEvent whole_event(v1::LedgerRecord record, const v1::CaseState& state) {
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
        if (file.url().empty() && file.file_id().empty() && ledger::is_reference(file)) {
            file.set_url(ledger::gateway_address(state.case_id(), file));
        }
    });
    event.clear_fencing_token(); // a window's own; it would let its reader act in its name
    return event;
}

boost::system::result<rendered, dialects::refusal> render(const v1::CaseEvent& event, const dialects::dialect* in) {
    if (in == nullptr) {
        return rendered{"application/vnd.tongban.v1+json", v1::to_json(event), ""};
    }
    const v1::CaseEvent* const events[] = {&event};
    auto written = in->write(events);
    if (!written) {
        return written.error();
    }
    return rendered{std::move(written->content_type), std::move(written->body), in->name()};
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
