#include "gateway/delivery/platform_call.hpp"

namespace tongban::delivery {

namespace asio = boost::asio;

namespace {

// The path of the URL, "/" or nothing when it names none.
bool names_path(const std::string& url) {
    const auto host = url.find("://");
    const auto path = host == std::string::npos ? host : url.find_first_of("/?", host + 3);
    return path != std::string::npos && url.substr(path) != "/";
}

} // namespace

bool same_call(const dialects::dialect* a, const dialects::dialect* b) {
    static const dialects::push_call none;
    const auto& of_a = a == nullptr ? none : a->call();
    const auto& of_b = b == nullptr ? none : b->call();
    return of_a.path == of_b.path && of_a.headers == of_b.headers;
}

void call_as(const dialects::dialect* dialect, push::push_target& target) {
    if (dialect == nullptr) {
        return;
    }
    target.headers = dialect->call().headers;
    if (!names_path(target.url)) {
        target.path = dialect->call().path;
    }
}

boost::system::result<std::shared_ptr<push::push_port>, std::vector<std::string>>
open_over_tls(const asio::any_io_executor& executor, const push::push_target& target) {
    auto opened = push::push_client::open(executor, target);
    if (!opened) {
        return std::move(opened).error();
    }
    return std::shared_ptr<push::push_port>(std::move(*opened));
}

} // namespace tongban::delivery
