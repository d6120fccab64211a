// How a partner's platform is called: what the dialect adds to the partner's own address.
#pragma once

#include "connectors/dialects/dialect.hpp"
#include "connectors/push/push_client.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>
#include <vector>

namespace tongban::delivery {

// Whether both (null: canonical JSON) are called in the same way.
bool same_call(const dialects::dialect* a, const dialects::dialect* b);
// The dialect's headers, and its path where the target's URL names none.
void call_as(const dialects::dialect* dialect, push::push_target& target);

boost::system::result<std::shared_ptr<push::push_port>, std::vector<std::string>>
open_over_tls(const boost::asio::any_io_executor& executor, const push::push_target& target);

} // namespace tongban::delivery
