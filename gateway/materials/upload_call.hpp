// One request that brings bytes of a file, from its fields to its answer. Seen only by the upload routes.
#pragma once

#include "gateway/http/problem.hpp"
#include "gateway/materials/room.hpp"
#include "gateway/materials/transfer_fields.hpp"

#include <boost/asio/awaitable.hpp>

namespace tongban::materials {

// What a request says about the upload it belongs to.
struct upload_fields {
    std::optional<bool> complete; // Upload-Complete; none: a plain upload, which cannot be resumed
    std::optional<std::uint64_t> offset;
    std::optional<std::uint64_t> length; // of the whole file
    given_digests whole;                 // of the whole file
    given_digests part;                  // of what this request brings
    std::string name;
};
boost::system::result<upload_fields, http::problem> read_upload_fields(const http::request& request, bool creates);

class upload_call {
public:
    upload_call(http::request& request, std::shared_ptr<room> in) : request_(request), room_(std::move(in)) {}
    ~upload_call();
    upload_call(const upload_call&) = delete;

    boost::asio::awaitable<http::response> create();
    boost::asio::awaitable<http::response> append();

private:
    // Whether the partner may upload now; takes its place.
    std::optional<http::problem> enter();
    boost::asio::awaitable<http::response> run();
    // nullopt: all of the body was written.
    boost::asio::awaitable<std::optional<http::problem>> take_body();
    boost::asio::awaitable<http::response> keep();
    std::optional<http::problem> wrong(const received& found) const;
    boost::asio::awaitable<boost::system::error_code> store(const received& found);
    boost::asio::awaitable<void> drop();
    http::response refuse(const http::problem& problem, std::string_view outcome);
    http::response answer(int status, std::string_view outcome) const;
    void audit(const received& found) const;

    http::request& request_;
    const std::shared_ptr<room> room_;
    std::shared_ptr<const security::partner> partner_;
    upload_fields fields_;
    std::shared_ptr<upload> upload_;
    std::uint64_t turn_ = 0;
    std::uint64_t begun_at_ = 0; // the offset
    bool entered_ = false;
    bool cut_ = false;
};

} // namespace tongban::materials
