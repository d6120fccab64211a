// The order of an upload: fields, room, bytes, then what the whole file is, then the store. Whatever ends it earlier
// leaves nothing that anybody could read, and what can be resumed stays where it was.
#include "gateway/materials/upload_call.hpp"

#include "gateway/http/json_answer.hpp"
#include "gateway/materials/file_name.hpp"
#include "gateway/materials/keeping.hpp"
#include "gateway/materials/scanning.hpp"
#include "monitoring/log.hpp"
#include "security/content_digest.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace tongban::materials {

namespace asio = boost::asio;

namespace {

http::problem wrong_type(std::string_view type) {
    auto problem = http::make_problem(415, "type-not-allowed", "不接受这种类型的文件", "Files of this type are not taken");
    problem.detail_zh = "按内容判断的类型：" + std::string(type) + "。";
    problem.detail_en = "By its content: " + std::string(type) + ".";
    return problem;
}

http::problem too_large(std::size_t bytes_max) {
    auto problem = http::make_problem(413, "body-too-large", "文件超过上限", "The file is too large");
    problem.detail_zh = "上限为" + std::to_string(bytes_max) + "字节。";
    problem.detail_en = "At most " + std::to_string(bytes_max) + " bytes.";
    problem.members.emplace_back("limit_bytes", std::to_string(bytes_max));
    return problem;
}

http::problem bad_field(const char* zh, const char* en) {
    auto problem = http::make_problem(400, "bad-field", "请求头字段有误", "A header field is wrong");
    problem.detail_zh = zh;
    problem.detail_en = en;
    return problem;
}

// The staging folder's bound, or its errors: those are the store's to whoever watches the disk.
void count_staging(const room& in, boost::system::error_code error, std::string_view request_id) {
    in.metrics.count_if_crowded(error);
    if (error != staging_errc::full && error != staging_errc::failed) {
        return;
    }
    in.metrics.store_errors.with({"stage", kind_of(error)}).add();
    monitoring::log(monitoring::severity::error, "material_not_staged",
                    {{"reason", error.message()}, {"request_id", request_id}});
}

http::problem too_many_bytes() {
    return http::make_problem(429, "too-many-bytes", "上传总量已达上限", "The partner's bytes are spent", 60);
}

} // namespace

boost::system::result<upload_fields, http::problem> read_upload_fields(const http::request& request, bool creates) {
    upload_fields found;
    const auto& given = request.file;
    if (!given.upload_complete.empty() && !(found.complete = read_boolean(given.upload_complete))) {
        return bad_field("Upload-Complete 应为 ?1 或 ?0", "Upload-Complete: ?1 or ?0");
    }
    if (!given.upload_offset.empty() && !(found.offset = read_integer(given.upload_offset))) {
        return bad_field("Upload-Offset 应为非负整数", "Upload-Offset: a whole number");
    }
    if (!given.upload_length.empty() && !(found.length = read_integer(given.upload_length))) {
        return bad_field("Upload-Length 应为非负整数", "Upload-Length: a whole number");
    }
    if (creates ? found.offset.value_or(0) != 0 : (!found.offset || !found.complete)) {
        return creates ? bad_field("新建上传时 Upload-Offset 只能为 0 或不填", "Upload-Offset: 0 or none where an upload begins")
                       : bad_field("续传须给出 Upload-Offset 和 Upload-Complete", "Upload-Offset and Upload-Complete are needed");
    }
    const bool last = found.complete.value_or(true);
    if (last && request.content_length) {
        const auto whole = found.offset.value_or(0) + *request.content_length;
        if (found.length && *found.length != whole) {
            return bad_field("Upload-Length 与本次请求的位置和长度不符", "Upload-Length is not what this request makes it");
        }
        found.length = whole;
    }
    auto whole = read_digests(given.repr_digest);
    auto part = read_digests(given.content_digest);
    if (!whole || !part) {
        return whole ? bad_field("Content-Digest 格式有误", "Content-Digest: sha-256=:…: or sm3=:…:")
                     : bad_field("Repr-Digest 格式有误", "Repr-Digest: sha-256=:…: or sm3=:…:");
    }
    found.whole = std::move(*whole);
    found.part = std::move(*part);
    found.name = name_of_disposition(given.content_disposition);
    return found;
}

upload_call::~upload_call() {
    if (entered_) {
        room_->spent.end(partner_->id);
    }
}

http::response upload_call::answer(int status, std::string_view outcome) const {
    http::response made;
    made.status = status;
    made.outcome = std::string(outcome);
    made.partner = partner_->id;
    if (upload_ && fields_.complete) {
        made.headers.emplace_back("Location", "/v1/materials/uploads/" + upload_->id());
    }
    return made;
}

http::response upload_call::refuse(const http::problem& problem, std::string_view outcome) {
    room_->metrics.uploads.with({outcome}).add();
    auto made = http::refused(problem, request_, partner_.get());
    if (upload_ && fields_.complete && !cut_) {
        made.headers.emplace_back("Upload-Offset", std::to_string(upload_->offset()));
        made.headers.emplace_back("Location", "/v1/materials/uploads/" + upload_->id());
    }
    return made;
}

std::optional<http::problem> upload_call::enter() {
    const auto& settings = room_->parts.settings;
    if (!room_->spent.begin(partner_->id, settings.uploads_per_partner_max)) {
        room_->metrics.limits.with({"uploads_per_partner"}).add();
        return http::make_problem(429, "too-many-uploads", "同时上传的文件过多", "Too many uploads at once", 2);
    }
    entered_ = true;
    if (!room_->spent.spend(partner_->id, 0, settings.partner_bytes_per_day_max)) {
        room_->metrics.limits.with({"bytes_per_day"}).add();
        return http::make_problem(429, "daily-bytes", "今日上传总量已达上限", "Today's bytes are spent", 3600);
    }
    if (fields_.length && *fields_.length > settings.file_bytes_max) {
        room_->metrics.limits.with({"file_bytes"}).add();
        return too_large(settings.file_bytes_max);
    }
    return std::nullopt;
}

asio::awaitable<http::response> upload_call::create() {
    auto who = caller(request_, *room_);
    if (!who) {
        co_return http::refused(who.error(), request_);
    }
    partner_ = std::move(*who);
    auto fields = read_upload_fields(request_, true);
    if (!fields) {
        co_return refuse(fields.error(), "malformed");
    }
    fields_ = std::move(*fields);
    if (fields_.whole.sha256.empty() && fields_.complete.value_or(true)) {
        fields_.whole.sha256 = fields_.part.sha256;
    }
    if (const auto limited = enter()) {
        co_return refuse(*limited, "limited");
    }
    announced said{partner_->id, partner_->regions.empty() ? "" : partner_->regions.front(), fields_.name,
                   fields_.whole.sha256, fields_.whole.sm3, fields_.length};
    boost::system::result<std::shared_ptr<upload>> made = make_error_code(staging_errc::failed);
    const bool keeps = fields_.complete.has_value();
    const bool ran = co_await room_->disk.run([&] { made = room_->arrivals.create(std::move(said), keeps); });
    if (!ran || !made) {
        if (ran) {
            count_staging(*room_, made.error(), request_.request_id);
        }
        co_return refuse(ran ? problem_of(made.error()) : busy(), ran ? kind_of(made.error()) : "limited");
    }
    upload_ = std::move(*made);
    turn_ = upload_->take_turn();
    if (fields_.complete && !request_.file.upload_interop.empty()) {
        co_await request_.arriving->tell("104 Upload Resumption Supported\r\nLocation: /v1/materials/uploads/" +
                                         upload_->id() +
                                         "\r\nUpload-Draft-Interop-Version: " + std::string("8") + "\r\n");
    }
    co_return co_await run();
}

asio::awaitable<http::response> upload_call::append() {
    auto who = caller(request_, *room_);
    if (!who) {
        co_return http::refused(who.error(), request_);
    }
    partner_ = std::move(*who);
    auto fields = read_upload_fields(request_, false);
    if (!fields) {
        co_return refuse(fields.error(), "malformed");
    }
    fields_ = std::move(*fields);
    upload_ = room_->arrivals.find(request_.parameters[0], partner_->id);
    if (!upload_) {
        co_return refuse(http::make_problem(404, "no-such-upload", "没有这个上传：请重新上传", "No such upload: begin anew"),
                         "unknown");
    }
    if (const auto limited = enter()) {
        co_return refuse(*limited, "limited");
    }
    turn_ = upload_->take_turn();
    begun_at_ = upload_->offset();
    if (*fields_.offset != begun_at_) {
        auto problem = http::make_problem(409, "mismatching-upload-offset", "续传位置不符", "Not where this upload goes on");
        problem.members.emplace_back("expected-offset", std::to_string(begun_at_));
        problem.members.emplace_back("provided-offset", std::to_string(*fields_.offset));
        co_return refuse(problem, "wrong_offset");
    }
    if (!upload_->agree(fields_.length, fields_.whole.sha256, fields_.whole.sm3)) {
        co_return refuse(bad_field("长度或摘要与此前声明的不符", "length or digest is not what was said before"), "malformed");
    }
    co_return co_await run();
}

asio::awaitable<http::response> upload_call::run() {
    const auto stopped = co_await take_body();
    if (cut_) {
        if (!fields_.complete) {
            co_await drop();
        }
        room_->metrics.uploads.with({"cut"}).add();
        co_return answer(400, "cut");
    }
    if (stopped) {
        // What cannot become good by going on is gone; a full disk may have room later.
        const bool lasting = stopped->status == 413 || stopped->status == 415 || stopped->status == 422;
        auto refused = refuse(*stopped, stopped->type);
        if (lasting || !fields_.complete) {
            co_await drop();
        }
        co_return refused;
    }
    if (!fields_.complete.value_or(true)) {
        room_->metrics.uploads.with({"part"}).add();
        auto made = answer(begun_at_ == 0 && request_.method != http::method::patch ? 201 : 204, "part");
        if (made.status == 201) {
            made.content_type = "application/json";
            made.body = boost::json::serialize(boost::json::object{{"upload", "/v1/materials/uploads/" + upload_->id()},
                                                                   {"offset", upload_->offset()}});
        }
        made.headers.emplace_back("Upload-Offset", std::to_string(upload_->offset()));
        made.headers.emplace_back("Upload-Complete", "?0");
        made.headers.emplace_back("Upload-Limit",
                                  "max-size=" + std::to_string(room_->parts.settings.file_bytes_max) + ", max-age=" +
                                      std::to_string(room_->parts.settings.unfinished_age_max.count()));
        co_return made;
    }
    co_return co_await keep();
}

asio::awaitable<std::optional<http::problem>> upload_call::take_body() {
    const auto& settings = room_->parts.settings;
    std::optional<security::content_digest> of_part;
    if (!fields_.part.sha256.empty()) {
        of_part.emplace(security::digest_algorithm::sha256);
    }
    std::uint64_t at = upload_->offset();
    for (;;) {
        const auto piece = co_await request_.arriving->next();
        const auto bytes = piece.bytes;
        at += bytes.size();
        room_->metrics.uploaded_bytes.add(static_cast<double>(bytes.size()));
        const bool in_budget = room_->spent.spend(partner_->id, bytes.size(), settings.partner_bytes_per_day_max);
        if (!in_budget || at > settings.file_bytes_max) {
            const bool is_too_large = at > settings.file_bytes_max;
            room_->metrics.limits.with({is_too_large ? "file_bytes" : "bytes_per_day"}).add();
            co_return is_too_large ? too_large(settings.file_bytes_max) : too_many_bytes();
        }
        boost::system::result<void> written;
        std::string type;
        const bool ran = co_await room_->disk.run([&] {
            written = bytes.empty() ? boost::system::result<void>() : upload_->append(turn_, bytes);
            type = upload_->type_so_far();
            if (of_part) {
                of_part->update(bytes);
            }
        });
        cut_ = piece.state == http::arriving_body::state::cut;
        if (!ran || !written) {
            if (ran) {
                count_staging(*room_, written.error(), request_.request_id);
            }
            co_return !ran ? busy()
                           : written.error() == staging_errc::crowded ? too_many_bytes() : problem_of(written.error());
        }
        if (!type.empty() && !room_->types.has(type)) {
            co_return wrong_type(type);
        }
        if (cut_) {
            co_return std::nullopt;
        }
        if (piece.state == http::arriving_body::state::last) {
            break;
        }
    }
    if (of_part && of_part->finish() != fields_.part.sha256) {
        co_await room_->disk.run([&] { upload_->rewind(turn_, begun_at_); });
        co_return http::make_problem(begun_at_ == 0 ? 422 : 400, "digest-mismatch", "内容与摘要不符",
                               "The content is not what its digest says");
    }
    co_return std::nullopt;
}

std::optional<http::problem> upload_call::wrong(const received& found) const {
    const auto said = upload_->said();
    if (said.length && *said.length != found.size) {
        return http::make_problem(400, "wrong-length", "内容短于声明的长度", "Fewer bytes than were announced");
    }
    if ((!said.sha256.empty() && said.sha256 != found.sha256) || (!said.sm3.empty() && said.sm3 != found.sm3)) {
        auto problem = http::make_problem(422, "digest-mismatch", "内容与摘要不符", "The content is not what its digest says");
        const char* which = said.sha256.empty() || said.sha256 == found.sha256 ? "SM3" : "SHA-256";
        problem.detail_en = std::string(which) + " differs.";
        problem.detail_zh = std::string(which) + " 不符。";
        return problem;
    }
    if (!room_->types.has(found.media_type)) {
        return wrong_type(found.media_type);
    }
    return std::nullopt;
}

asio::awaitable<boost::system::error_code> upload_call::store(const received& found) {
    constexpr std::uint64_t bytes_in_a_second = 1UL << 20; // a large file takes a store its time
    const auto patience = room_->parts.settings.answer_within +
                          std::chrono::milliseconds(found.size * 1000 / bytes_in_a_second);
    const auto done = std::make_shared<boost::system::result<void>>();
    std::function<void()> job = [in = room_, done, name = security::hex_of(found.sha256), from = upload_] {
        *done = keep_file(*in->store, name, from->said().region, from->file());
        if (*done) {
            in->arrivals.remove(from); // whoever goes on with it has to send it again
        }
    };
    const auto until = std::chrono::steady_clock::now() + patience;
    const auto ended = co_await at_store(room_, partner_->id, until, std::move(job));
    const auto error = ended != workers::end::done ? make_error_code(objects::errc::unavailable)
                       : *done                     ? boost::system::error_code()
                                                   : done->error();
    if (error) {
        room_->metrics.store_errors.with({"put", kind_of(error)}).add();
        monitoring::log(monitoring::severity::error, "material_not_stored",
                        {{"reason", error.message()}, {"request_id", request_.request_id}});
    }
    co_return error;
}

asio::awaitable<http::response> upload_call::keep() {
    boost::system::result<received> found = make_error_code(staging_errc::failed);
    auto verdict = objects::scan_verdict::clean;
    const bool ran = co_await room_->disk.run([&] { found = upload_->finish(turn_); });
    if (!ran || !found) {
        if (ran) {
            count_staging(*room_, found.error(), request_.request_id);
        }
        co_return refuse(ran ? problem_of(found.error()) : busy(), ran ? kind_of(found.error()) : "limited");
    }
    if (const auto problem = wrong(*found)) {
        auto refused = refuse(*problem, problem->type);
        co_await drop();
        co_return refused;
    }
    if (room_->parts.scanner) {
        // An operator may give the scanner more time than requests have: who sends a file waits for it.
        const auto patience = std::max(room_->parts.settings.answer_within, room_->parts.scanner->deadline());
        auto name = security::hex_of(found->sha256);
        verdict = co_await scan(room_, upload_, std::move(name), std::chrono::steady_clock::now() + patience);
    }
    if (verdict != objects::scan_verdict::clean) {
        const bool refused = verdict == objects::scan_verdict::refused;
        auto answered = refuse(refused ? http::make_problem(422, "scan-refused", "安全检查未通过", "The scanner refuses this file")
                                       : http::make_problem(503, "scan-unavailable", "安全检查暂不可用，请稍后重试",
                                                      "The scanner cannot be asked now: try again", 10),
                               refused ? "scan_refused" : "scan_unavailable");
        if (refused || !fields_.complete) {
            co_await drop();
        }
        co_return answered;
    }
    if (const auto error = co_await store(*found)) {
        const bool is_gone = error == objects::errc::leaving; // it was put: nothing is left to go on with
        if (!fields_.complete || is_gone) {
            co_await drop();
        }
        if (is_gone) {
            upload_.reset();
        }
        co_return refuse(problem_of(error), error == objects::errc::full ? "full" : is_gone ? "leaving" : "store_unavailable");
    }
    co_await drop();
    room_->digests.remember(security::hex_of(found->sha256), security::hex_of(found->sm3));
    audit(*found);
    room_->metrics.uploads.with({"stored"}).add();
    boost::json::object body{{"sha256", security::hex_of(found->sha256)},
                             {"sm3", security::hex_of(found->sm3)},
                             {"size", found->size},
                             {"media_type", found->media_type},
                             {"name", upload_->said().name}};
    auto made = http::json_answer(201, boost::json::serialize(body), "stored", *partner_);
    made.headers.emplace_back("ETag", '"' + security::hex_of(found->sha256) + '"');
    made.headers.emplace_back("Repr-Digest", write_digests(found->sha256, found->sm3));
    if (fields_.complete) {
        made.headers.emplace_back("Upload-Complete", "?1");
    }
    co_return made;
}

void upload_call::audit(const received& found) const {
    monitoring::log(monitoring::severity::info, "material_stored",
                    {{"partner", partner_->id},
                     {"region", upload_->said().region},
                     {"certificate_serial", request_.certificate->serial},
                     {"sha256", security::hex_of(found.sha256)},
                     {"bytes", static_cast<std::int64_t>(found.size)},
                     {"media_type", found.media_type},
                     {"request_id", request_.request_id}});
}

asio::awaitable<void> upload_call::drop() {
    const bool ran = co_await room_->disk.run([&] { room_->arrivals.remove(upload_); });
    static_cast<void>(ran); // else the sweep removes it
}

} // namespace tongban::materials
