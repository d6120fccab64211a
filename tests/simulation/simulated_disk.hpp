// A replica's view on its disk: it outlives the process, but for what was not flushed. A process that died writes nothing
// any more, whatever its remains still do.
#pragma once

#include "connectors/store/memory_view_store.hpp"

#include <memory>

namespace tongban::simulation {

class simulated_disk final : public store::view_store {
public:
    explicit simulated_disk(std::shared_ptr<store::memory_view_store> on) : on_(std::move(on)) {}

    boost::system::result<bool> get(std::string_view key, std::string& value) const override {
        return on_->get(key, value);
    }
    boost::system::error_code
    scan(std::string_view from, std::string_view until,
         const std::function<bool(std::string_view key, std::string_view value)>& visit) const override {
        return on_->scan(from, until, visit);
    }
    std::unique_ptr<store::write_batch> new_batch() override { return on_->new_batch(); }
    boost::system::error_code write(store::write_batch& batch) override {
        return is_severed_ ? make_error_code(store::errc::failed) : on_->write(batch);
    }
    boost::system::error_code erase_all() override {
        return is_severed_ ? make_error_code(store::errc::failed) : on_->erase_all();
    }
    boost::system::error_code flush() override {
        return is_severed_ ? make_error_code(store::errc::failed) : on_->flush();
    }
    std::uint64_t size_bytes() const override { return on_->size_bytes(); }

    void sever() noexcept { is_severed_ = true; }

private:
    const std::shared_ptr<store::memory_view_store> on_;
    bool is_severed_ = false;
};

} // namespace tongban::simulation
