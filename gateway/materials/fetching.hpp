// Files that messages offer at addresses of their senders: fetched by the replica that owns the case's partition, kept like
// any file, and what became of each is said in the ledger. Nobody waits for it: a case goes on while its files come, and
// what cannot be had is tried again until its time is over. What is still to be fetched stands in the view of every
// replica, so a restart or another owner begins where the last one stopped.
#pragma once

#include "gateway/ledger/material_view.hpp"
#include "gateway/materials/room.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <functional>
#include <memory>

namespace tongban::materials {

class fetching {
public:
    // `owns` says whether this replica acts for a partition; asked on the executor, which outlives this.
    fetching(std::shared_ptr<room> in, std::function<bool(std::uint32_t partition)> owns,
             const boost::asio::any_io_executor& executor, monitoring::registry& metrics);
    // Ends what is being fetched; whoever owns the partition next begins it anew. Before the workers stop.
    ~fetching();

    void start();

private:
    class state;
    std::shared_ptr<state> state_;
};

} // namespace tongban::materials
