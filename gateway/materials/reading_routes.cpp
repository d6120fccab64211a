// GET and HEAD of a case's files. Only through a case that references the file, by its two sides; each read leaves a line.
#include "gateway/cases/case_id.hpp"
#include "gateway/http/case_problem.hpp"
#include "gateway/http/json_answer.hpp"
#include "gateway/materials/case_files.hpp"
#include "gateway/materials/file_name.hpp"
#include "gateway/materials/object_body.hpp"
#include "gateway/materials/transfer_fields.hpp"
#include "monitoring/log.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace tongban::materials {

namespace asio = boost::asio;

namespace {

// For the operator: a copy must be put back.
void tell_of_loss(const room& in, const std::string& name, const std::string& state) {
    in.metrics.store_errors.with({"stat", state}).add();
    monitoring::log(monitoring::severity::error, state == "missing" ? "material_lost" : "material_damaged",
                    {{"sha256", name}});
}

asio::awaitable<boost::system::result<ledger::seen_case, http::problem>>
visible_case(const http::request& request, std::shared_ptr<const security::partner> partner, const room& in) {
    const auto acts_for = [partner](std::string_view region) { return partner->acts_for(region); };
    auto seen = co_await ledger::see_case(in.parts.ledger, request.parameters[0], acts_for, request.deadline);
    if (!seen) {
        co_return http::view_unavailable();
    }
    if (!*seen) {
        co_return http::case_not_found();
    }
    co_return std::move(**seen);
}

http::problem not_of_this_case() {
    return http::make_problem(404, "no-such-material", "本办件没有引用这个文件", "The case references no such file");
}

boost::json::object line_of(const case_file& one) {
    boost::json::object line{{"event", one.event},
                             {"event_id", one.event_id},
                             {"file", one.number},
                             {"material_code", one.material_code},
                             {"material_name", one.material_name},
                             {"name", safe_file_name(one.file.name())},
                             {"state", one.state}};
    const auto add = [&](const char* key, const std::string& text) {
        if (!text.empty()) {
            line[key] = text;
        }
    };
    add("sha256", one.file.sha256());
    add("sm3", one.file.sm3());
    add("media_type", one.file.media_type());
    add("file_id", one.file.file_id());
    add("failure", one.failure);
    if (one.file.has_size()) {
        line["size"] = one.file.size();
    }
    return line;
}

// What the store does not have as it was taken: whoever looks at the list is to know before the file is missed.
void look_whether_it_is_there(const room& in, workers::time_point until, std::vector<case_file>& files) {
    constexpr std::size_t looked_at_max = 200;
    std::size_t looked_at = 0;
    for (auto& one : files) {
        if (one.state != "stored" || ++looked_at > looked_at_max || std::chrono::steady_clock::now() >= until) {
            continue;
        }
        const auto facts = in.store->stat(one.file.sha256());
        if (!facts) {
            return; // the store is away: nothing is known
        }
        const bool whole = *facts && (!one.file.has_size() || static_cast<std::int64_t>((*facts)->size) == one.file.size());
        one.state = !*facts ? "missing" : whole ? "stored" : "damaged";
        if (!whole) {
            tell_of_loss(in, one.file.sha256(), one.state);
        }
    }
}

asio::awaitable<http::response> list(http::request& request, std::shared_ptr<room> in) {
    const auto partner = caller(request, *in);
    if (!partner) {
        co_return http::refused(partner.error(), request);
    }
    const auto seen = co_await visible_case(request, *partner, *in);
    if (!seen) {
        co_return http::refused(seen.error(), request, partner->get());
    }
    auto files = files_of(*seen, ledger::material_view(in->parts.ledger.rows()));
    if (!files) {
        co_return http::refused(http::view_unavailable(), request, partner->get());
    }
    if (std::ranges::any_of(*files, [](const case_file& one) { return one.state == "stored"; })) {
        // The list is good without it: half of the time is for the store, if it answers.
        const auto now = std::chrono::steady_clock::now();
        const auto until = now + (request.deadline - now) / 2;
        const auto looked = std::make_shared<std::vector<case_file>>(*files);
        std::function<void()> job = [in, until, looked] { look_whether_it_is_there(*in, until, *looked); };
        const auto ended = co_await at_store(in, (*partner)->id, until, std::move(job));
        if (ended == workers::end::done) {
            files->swap(*looked);
        }
    }
    boost::json::array lines;
    for (const auto& one : *files) {
        lines.push_back(line_of(one));
    }
    const auto& case_id = seen->row.state.case_id();
    boost::json::object body{{"case_id", case_id}, {"files", std::move(lines)}};
    auto made = http::json_answer(200, boost::json::serialize(body), "read", **partner);
    made.case_id = case_id;
    co_return made;
}

// What the store says of a file; before it was asked, that it is away.
struct stored_object {
    boost::system::result<std::optional<objects::object_facts>> facts = make_error_code(objects::errc::unavailable);
    std::string head = std::string(sniffed_bytes, '\0');

    void look(const objects::object_store& store, const std::string& name) {
        facts = store.stat(name);
        if (facts && *facts) {
            const auto count = store.read(name, 0, head);
            head.resize(count ? *count : 0);
        }
    }
};

// One read, from its fields to its answer.
class reading_call {
public:
    reading_call(http::request& request, std::shared_ptr<room> in) : request_(request), room_(std::move(in)) {}

    asio::awaitable<http::response> run() {
        auto who = caller(request_, *room_);
        if (!who) {
            co_return http::refused(who.error(), request_);
        }
        partner_ = std::move(*who);
        name_ = request_.parameters[1];
        if (cases::is_case_id(request_.parameters[0])) {
            case_id_ = request_.parameters[0]; // also of a refusal, which tells nobody but the operator
        }
        const auto seen = co_await visible_case(request_, partner_, *room_);
        if (!seen) {
            co_return refuse(seen.error(), "no_case");
        }
        const ledger::material_view materials(room_->parts.ledger.rows());
        const auto digest = objects::is_object_name(name_) ? security::bytes_of_hex(name_) : std::nullopt;
        const auto references = digest ? materials.references(seen->row.number, *digest) : boost::system::result<bool>(false);
        if (!references) {
            co_return refuse(http::view_unavailable(), "unavailable");
        }
        if (!*references) {
            co_return give_inside(*seen);
        }
        const auto files = files_of(*seen, materials);
        if (!files) {
            co_return refuse(http::view_unavailable(), "unavailable");
        }
        bool named = false;
        for (const auto& one : *files) {
            if (one.file.sha256() == name_ && one.state == "stored") {
                named = true;
                given_name_ = one.file.name().empty() ? given_name_ : one.file.name();
                sm3_ = one.file.sm3().empty() ? sm3_ : security::bytes_of_hex(one.file.sm3()).value_or("");
                size_ = one.file.has_size() ? std::optional(one.file.size()) : size_;
            }
        }
        if (!named) { // by a run of the case that this side does not see
            co_return refuse(not_of_this_case(), "not_referenced");
        }
        co_return co_await give();
    }

private:
    http::response refuse(const http::problem& problem, std::string_view outcome) {
        room_->metrics.reads.with({outcome}).add();
        audit(problem.status, 0, 0);
        return http::refused(problem, request_, partner_.get());
    }

    // Small ones, and those that are to follow into the store.
    http::response give_inside(const ledger::seen_case& seen) {
        const bool is_name = objects::is_object_name(name_);
        const auto file = is_name ? file_inside(seen, name_) : std::nullopt;
        if (!file) {
            return refuse(not_of_this_case(), "not_referenced");
        }
        given_name_ = file->name();
        sm3_ = security::bytes_of_hex(file->sm3()).value_or("");
        const auto& content = file->content();
        return answer({name_, content.size(), {}}, std::string_view(content).substr(0, sniffed_bytes), &content);
    }

    asio::awaitable<http::response> give() {
        const auto found = std::make_shared<stored_object>();
        std::function<void()> job = [in = room_, name = name_, found] { found->look(*in->store, name); };
        const auto ended = co_await at_store(room_, partner_->id, request_.deadline, std::move(job));
        if (ended == workers::end::full) {
            co_return refuse(busy(), "busy");
        }
        const auto facts = ended == workers::end::done ? found->facts : stored_object().facts;
        if (!facts) {
            room_->metrics.store_errors.with({"stat", kind_of(facts.error())}).add();
            co_return refuse(problem_of(facts.error()), "unavailable");
        }
        if (!*facts) {
            tell_of_loss(*room_, name_, "missing");
            co_return refuse(http::make_problem(404, "material-not-here", "该文件已不在网关的材料库中，请发送方重新上传",
                                          "The file is not in the gateway's store any more: its sender is to send it again"),
                             "not_here");
        }
        const bool has_length = !size_ || static_cast<std::uint64_t>(*size_) == (*facts)->size;
        if (!has_length || room_->damaged.has(name_, (*facts)->written_at)) {
            tell_of_loss(*room_, name_, "damaged");
            co_return refuse(http::make_problem(500, "material-damaged", "该文件在材料库中已损坏，请发送方重新上传",
                                          "The file is damaged in the gateway's store: its sender is to send it again"),
                             "damaged");
        }
        co_return answer(**facts, found->head, nullptr);
    }

    // The bytes are `inside` a message, or streamed from the store.
    http::response answer(const objects::object_facts& file, std::string_view head, const std::string* inside) {
        const auto size = file.size;
        http::response made;
        made.partner = partner_->id;
        made.case_id = case_id_;
        made.headers = {{"ETag", '"' + name_ + '"'},
                        {"Accept-Ranges", "bytes"},
                        {"Repr-Digest", write_digests(*security::bytes_of_hex(name_), sm3_)},
                        {"Content-Disposition", attachment(given_name_.empty() ? name_.substr(0, 16) : given_name_)},
                        {"X-Content-Type-Options", "nosniff"},
                        {"Cache-Control", "private, no-store"}};
        if (has_tag(request_.file.if_none_match, name_, false)) {
            made.status = 304;
            return done(std::move(made), "not_modified", 0, 0);
        }
        byte_range range{0, size == 0 ? 0 : size - 1};
        auto verdict = range_verdict::whole;
        const auto& if_range = request_.file.if_range;
        const bool head_only = request_.method == http::method::head; // for which a range says nothing (RFC 9110, 14.2)
        if (!head_only && !request_.file.range.empty() && (if_range.empty() || has_tag(if_range, name_, true))) {
            verdict = read_range(request_.file.range, size, range);
        }
        if (verdict == range_verdict::unsatisfiable) {
            auto refused = refuse(http::make_problem(416, "range-not-satisfiable", "范围超出文件", "The range lies outside the file"),
                                  "range");
            refused.headers.emplace_back("Content-Range", "bytes */" + std::to_string(size));
            return refused;
        }
        const auto count = size == 0 ? 0 : range.last - range.first + 1;
        if (inside == nullptr && count > 0 && !head_only) {
            made.streamed = object_body(room_, partner_->id, file, range.first, count);
            if (!made.streamed) {
                room_->metrics.limits.with({"reads"}).add();
                return refuse(busy(), "busy");
            }
        }
        made.status = verdict == range_verdict::part ? 206 : 200;
        if (made.status == 206) {
            made.headers.emplace_back("Content-Range", "bytes " + std::to_string(range.first) + '-' +
                                                           std::to_string(range.last) + '/' + std::to_string(size));
        }
        made.content_type = std::string(media_type_of(head));
        made.length = count;
        if (inside != nullptr && !head_only) {
            made.body = inside->substr(range.first, count);
        }
        return done(std::move(made), head_only ? "head" : "read", range.first, head_only ? 0 : count);
    }

    http::response done(http::response made, std::string_view outcome, std::uint64_t first, std::uint64_t count) {
        made.outcome = std::string(outcome);
        room_->metrics.reads.with({outcome}).add();
        audit(made.status, first, count);
        return made;
    }

    // Who read what, under which case: asked for by every inspection.
    void audit(int status, std::uint64_t first, std::uint64_t count) const {
        monitoring::log(monitoring::severity::info, "material_read",
                        {{"partner", partner_->id},
                         {"certificate_serial", request_.certificate->serial},
                         {"case_id", case_id_},
                         {"sha256", objects::is_object_name(name_) ? std::string_view(name_) : std::string_view()},
                         {"status", std::int64_t{status}},
                         {"first", static_cast<std::int64_t>(first)},
                         {"bytes", static_cast<std::int64_t>(count)},
                         {"request_id", request_.request_id}});
    }

    http::request& request_;
    const std::shared_ptr<room> room_;
    std::shared_ptr<const security::partner> partner_;
    std::string name_;
    std::string case_id_;
    std::string given_name_;
    std::string sm3_;
    std::optional<std::int64_t> size_; // that the ledger knows
};

asio::awaitable<http::response> read(http::request& request, std::shared_ptr<room> in) {
    reading_call call(request, std::move(in));
    co_return co_await call.run();
}

} // namespace

std::vector<http::route> reading_routes(const std::shared_ptr<room>& in) {
    using http::method;
    return {
        {method::get, "/v1/cases/{id}/materials", [in](http::request& request) { return list(request, in); }},
        {method::get, "/v1/cases/{id}/materials/{sha256}", [in](http::request& request) { return read(request, in); }},
    };
}

} // namespace tongban::materials
