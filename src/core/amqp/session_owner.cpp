#include "core/amqp/session_owner.h"

#include "core/amqp/connector.h"

namespace mscomm {

SessionOwner::SessionOwner(Connector& connector, bool replaces) : session_(connector.connect()) {
  if (replaces) {
    reopen_ = [&connector](bool fruitful) { return connector.reconnect(fruitful); };
  }
}

void SessionOwner::replace(bool fruitful) {
  session_.reset();
  session_ = reopen_(fruitful);
  lost_ = false;
}

}  // namespace mscomm
