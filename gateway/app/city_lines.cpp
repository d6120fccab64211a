// Lines made of kept HTTPS sessions.
#include "gateway/app/city_lines.hpp"

namespace tongban::app {

namespace {

class kept_line final : public emulator::gateway_line {
public:
    kept_line(const std::vector<client_identity>& addresses, const std::atomic<bool>* stop) {
        for (const auto& address : addresses) {
            sessions_.emplace_back(address, stop);
        }
    }

    boost::system::result<emulator::line_answer, std::string> ask(const emulator::line_request& request) override {
        client_request wanted;
        wanted.method = request.method;
        wanted.target = request.target;
        wanted.content_type = request.content_type;
        wanted.body = request.body;
        wanted.headers = request.headers;
        wanted.timeout_s = static_cast<long>(request.patience.count());
        wanted.breaks_off = request.breaks_off;
        auto reply = sessions_[now_ % sessions_.size()].exchange(wanted);
        if (!reply) {
            ++now_; // the next request goes to the next address
            return std::move(reply.error().text);
        }
        return emulator::line_answer{static_cast<int>(reply->status), std::move(reply->content_type), std::move(reply->body),
                                     reply->retry_after};
    }

private:
    std::vector<https_session> sessions_;
    std::size_t now_ = 0;
};

} // namespace

emulator::open_lines city_lines::opener() const {
    return [lines = *this] {
        emulator::gateway_lines opened;
        opened.platform = std::make_unique<kept_line>(lines.platform, lines.stop);
        if (!lines.window.empty()) {
            opened.window = std::make_unique<kept_line>(lines.window, lines.stop);
        }
        return opened;
    };
}

city_lines lines_of(const emulate_options& options) {
    city_lines lines;
    for (const auto& url : options.gateways) {
        lines.platform.push_back({url, options.certificate, options.key, options.ca, true});
        if (!options.window_certificate.empty()) {
            lines.window.push_back({url, options.window_certificate, options.window_key, options.ca, true});
        }
    }
    return lines;
}

} // namespace tongban::app
