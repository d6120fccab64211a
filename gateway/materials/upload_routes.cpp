// PUT and POST /v1/materials, and the resources of uploads that can be resumed (draft-ietf-httpbis-resumable-upload).
#include "gateway/http/json_answer.hpp"
#include "gateway/materials/upload_call.hpp"

namespace tongban::materials {

namespace asio = boost::asio;

namespace {

asio::awaitable<http::response> create(http::request& request, std::shared_ptr<room> in) {
    upload_call call(request, std::move(in));
    co_return co_await call.create();
}

asio::awaitable<http::response> append(http::request& request, std::shared_ptr<room> in) {
    upload_call call(request, std::move(in));
    co_return co_await call.append();
}

http::problem no_such_upload() {
    return http::make_problem(404, "no-such-upload", "没有这个上传：请重新上传", "No such upload: begin anew");
}

asio::awaitable<http::response> show(http::request& request, std::shared_ptr<room> in) {
    const auto partner = caller(request, *in);
    if (!partner) {
        co_return http::refused(partner.error(), request);
    }
    const auto upload = in->arrivals.find(request.parameters[0], (*partner)->id);
    if (!upload) {
        co_return http::refused(no_such_upload(), request, partner->get());
    }
    // Whoever asks wants to go on: a connection that hangs must not write behind the offset that is told.
    upload->take_turn();
    http::response made;
    made.status = 204;
    made.outcome = "offset";
    made.partner = (*partner)->id;
    made.headers.emplace_back("Upload-Offset", std::to_string(upload->offset()));
    made.headers.emplace_back("Upload-Complete", "?0");
    if (const auto length = upload->said().length) {
        made.headers.emplace_back("Upload-Length", std::to_string(*length));
    }
    co_return made;
}

asio::awaitable<http::response> cancel(http::request& request, std::shared_ptr<room> in) {
    const auto partner = caller(request, *in);
    if (!partner) {
        co_return http::refused(partner.error(), request);
    }
    const auto upload = in->arrivals.find(request.parameters[0], (*partner)->id);
    if (!upload) {
        co_return http::refused(no_such_upload(), request, partner->get());
    }
    upload->take_turn();
    const bool ran = co_await in->disk.run([&] { in->arrivals.remove(upload); });
    if (!ran) {
        co_return http::refused(busy(), request, partner->get());
    }
    in->metrics.uploads.with({"cancelled"}).add();
    http::response made;
    made.status = 204;
    made.outcome = "cancelled";
    made.partner = (*partner)->id;
    co_return made;
}

} // namespace

std::vector<http::route> upload_routes(const std::shared_ptr<room>& in) {
    using http::method;
    // The bound of the whole file is watched in the handler; here stands what the listener may let through.
    const auto most = in->parts.settings.file_bytes_max;
    const auto create_it = [in](http::request& request) { return create(request, in); };
    return {
        {method::put, "/v1/materials", create_it, {}, most, true},
        {method::post, "/v1/materials", create_it, {}, most, true},
        {method::get, "/v1/materials/uploads/{id}", [in](http::request& request) { return show(request, in); }},
        {method::patch, "/v1/materials/uploads/{id}", [in](http::request& request) { return append(request, in); }, {}, most,
         true},
        {method::delete_, "/v1/materials/uploads/{id}", [in](http::request& request) { return cancel(request, in); }},
    };
}

} // namespace tongban::materials
