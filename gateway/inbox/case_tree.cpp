// GET /v1/cases/{id}/tree: a bundle 一件事 with all its children as they are now, in one answer, for who filed it. A child's
// destination is shown its own case and no more: what the others are is not its business.
#include "gateway/cases/archives.hpp"
#include "gateway/cases/bundles.hpp"
#include "gateway/cases/case_clocks.hpp"
#include "gateway/cases/obligations.hpp"
#include "gateway/http/json_answer.hpp"
#include "gateway/inbox/case_access.hpp"
#include "gateway/inbox/event_words.hpp"
#include "gateway/inbox/route_sets.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace tongban::inbox {

namespace asio = boost::asio;
using boost::json::object;

namespace {

std::string_view name_of(cases::child_stage stage) noexcept {
    switch (stage) {
    case cases::child_stage::planned:
        return "PLANNED";
    case cases::child_stage::under_way:
        return "UNDER_WAY";
    case cases::child_stage::to_file_again:
        return "TO_FILE_AGAIN";
    case cases::child_stage::succeeded:
        return "SUCCEEDED";
    case cases::child_stage::cancelled:
        return "CANCELLED";
    case cases::child_stage::failed:
        break;
    }
    return "FAILED";
}

// A bundle that has ended, or is lost, waits for nothing that came back.
cases::child_stage stage_in(const v1::CaseState& root, const v1::ChildState& child) noexcept {
    const auto stage = cases::stage_of(child);
    const bool waited_for = root.status() == v1::CASE_STATUS_JOINT_HANDLING && cases::waits_to_be_filed(root, child);
    return stage == cases::child_stage::to_file_again && !waited_for ? cases::child_stage::failed : stage;
}

void put_state(object& into, v1::CaseStatus status, v1::Outcome outcome) {
    into["status"] = v1::CaseStatus_Name(status);
    into["state"] = cases::name(status);
    into["state_zh"] = cases::term(status);
    into["outcome"] = v1::Outcome_Name(outcome);
    into["outcome_zh"] = words_of(outcome).zh;
}

// What stands in parent and child alike.
void put_standing(object& into, const v1::CaseState& state) {
    put_state(into, state.status(), state.outcome());
    into["withdraw_requested"] = state.withdraw_requested();
    if (const auto owed = cases::owed_of(state)) {
        into["owed"] = boost::json::parse(v1::to_json(*owed));
    }
    if (const auto beside = cases::owed_beside(state); !beside.empty()) {
        boost::json::array also;
        for (const auto& owed : beside) {
            also.push_back(boost::json::parse(v1::to_json(owed)));
        }
        into["also_owed"] = std::move(also);
    }
}

// What the child asks others for, and how it stands; what others ask of it stands with them.
boost::json::array archives_json(const v1::CaseState& child) {
    boost::json::array all;
    for (const auto& one : child.archive_requests()) {
        if (one.incoming()) {
            continue;
        }
        boost::json::array names;
        for (const auto& material : one.materials()) {
            names.emplace_back(material.name().empty() ? material.code() : material.name());
        }
        const auto open = cases::is_open(one);
        all.push_back(object{{"request_no", one.request_no()},
                             {"child", one.other().child()},
                             {"dest_region", one.other().region()},
                             {"materials", std::move(names)},
                             {"open", open},
                             {"overdue", one.overdue()},
                             {"due_ms", one.due_ms()},
                             {"result", v1::ArchiveResult_Name(one.result())},
                             {"result_zh", open ? "待答复" : words_of(one.result()).zh}});
    }
    return all;
}

object root_json(const v1::CaseState& root) {
    object tree{{"case_id", root.case_id()},
                {"source_case_no", root.source_case_no()},
                {"origin_region", root.origin_region()},
                {"bundle_code", root.bundle().bundle_code()},
                {"name", root.has_bundle() ? root.bundle().name() : root.item_name()}};
    put_standing(tree, root);
    return tree;
}

// The child as it is now: the parent learns of its steps a moment later, and not of all.
object child_json(const v1::CaseState& root, const v1::ChildState& child, const v1::CaseState* standing) {
    const auto& plan = child.plan();
    object line{{"number", plan.number()},
                {"case_id", plan.case_id()},
                {"source_case_no", plan.source_case_no()},
                {"dest_region", plan.dest_region()},
                {"item_impl_code", plan.item().impl_code()},
                {"item_name", plan.item().name()},
                {"required", plan.required()},
                {"after", boost::json::array(plan.after().begin(), plan.after().end())},
                {"stage", name_of(stage_in(root, child))},
                {"filed", standing != nullptr}};
    if (standing != nullptr) {
        put_standing(line, *standing);
        line["decision"] = v1::Decision_Name(standing->decision());
        line["decision_zh"] = words_of(standing->decision()).zh;
        line["dest_case_no"] = standing->dest_case_no();
        if (auto archives = archives_json(*standing); !archives.empty()) {
            line["archive_requests"] = std::move(archives);
        }
    } else if (child.status() != v1::CASE_STATUS_UNSPECIFIED) {
        put_state(line, child.status(), child.outcome()); // no case of its own: the bundle ended it
        line["number_taken"] = cases::lost_its_number(child.status(), child.events());
    }
    return line;
}

boost::system::result<object> tree_json(const v1::CaseState& root, const ledger::view& view) {
    auto tree = root_json(root);
    boost::json::array children;
    for (const auto& child : root.bundle().children()) {
        const auto row = view.find(child.plan().case_id());
        if (!row) {
            return row.error();
        }
        // A case of that number that is not this bundle's own is none of it.
        const bool ours = *row && (*row)->state.parent().case_id() == root.case_id();
        children.push_back(child_json(root, child, ours ? &(*row)->state : nullptr));
    }
    tree["children"] = std::move(children);
    return tree;
}

// The case that the tree begins with: the parent of the one asked for, where the caller is the side that filed both.
boost::system::result<v1::CaseState> root_of(const asked_case& asked, const ledger::view& view) {
    const auto& state = asked.row.state;
    if (!state.has_parent() || !asked.partner->acts_for(state.origin_region())) {
        return state;
    }
    auto row = view.find(state.parent().case_id());
    if (!row) {
        return row.error();
    }
    return *row && (*row)->state.origin_region() == state.origin_region() ? std::move((*row)->state) : state;
}

asio::awaitable<http::response> show_tree(http::request& request, const inbox_parts& parts) {
    const auto asked = co_await case_asked_for(request, parts);
    if (!asked) {
        co_return asked.error();
    }
    const auto root = root_of(*asked, parts.ledger.read());
    if (!root) {
        co_return http::refused(http::view_unavailable(), request, asked->partner.get());
    }
    const auto tree = tree_json(*root, parts.ledger.read());
    if (!tree) {
        co_return http::refused(http::view_unavailable(), request, asked->partner.get());
    }
    auto response = http::json_answer(200, boost::json::serialize(*tree), "read", *asked->partner);
    response.case_id = asked->row.state.case_id();
    co_return response;
}

} // namespace

std::vector<http::route> tree_routes(const std::shared_ptr<const inbox_parts>& parts) {
    return {{http::method::get, "/v1/cases/{id}/tree",
             [parts](http::request& request) { return show_tree(request, *parts); }}};
}

} // namespace tongban::inbox
