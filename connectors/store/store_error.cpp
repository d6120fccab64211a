// Names and sentences of the store's errors.
#include "connectors/store/view_store.hpp"

namespace tongban::store {

namespace {

class category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "tongban.store"; }
    std::string message(int code) const override {
        switch (static_cast<errc>(code)) {
        case errc::disk_full:
            return "no space left for the view; nothing was written";
        case errc::failed:
            return "the view cannot be read or written; delete its directory and start again";
        }
        return "unknown view error";
    }
};

} // namespace

const boost::system::error_category& store_category() noexcept {
    static const category instance;
    return instance;
}

} // namespace tongban::store
