// Texts of the log's error codes. English: they go to logs and health; what a client reads is made from the
// code.
#include "connectors/log/event_log.hpp"

namespace tongban::log {

namespace {

// Boost's category has no virtual destructor; nothing is ever destroyed through it.
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
class category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "tongban.log"; }

    std::string message(int code) const override {
        switch (static_cast<errc>(code)) {
        case errc::backlog_full:
            return "too many appends under way";
        case errc::unavailable:
            return "the event log cannot be reached or refuses";
        case errc::outcome_unknown:
            return "no acknowledgement: the record may be stored";
        case errc::too_large:
            return "the record is larger than the event log takes";
        case errc::not_authorised:
            return "the event log refuses this process";
        case errc::disk_full:
            return "no space for the event log";
        case errc::failed:
            return "the event log failed for good";
        case errc::position_lost:
            return "the position is not in the event log";
        case errc::closed:
            return "the event log is shutting down";
        }
        return "unknown event log error";
    }
};

} // namespace

const boost::system::error_category& log_category() noexcept {
    static const category instance;
    return instance;
}

} // namespace tongban::log
