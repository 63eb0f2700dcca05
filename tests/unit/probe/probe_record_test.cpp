#include "core/probe/probe_record.h"

#include <gtest/gtest.h>

namespace mscomm {
namespace {

using namespace std::chrono_literals;

ProbeRecord good() {
  ProbeRecord record{"amqp://mq:5672/", "amqp", "login", {}};
  record.result.check.server = "RabbitMQ 3.10.8";
  record.result.check.connect = 1500us;
  record.result.check.latency = 12340us;
  record.result.attempts = 2;
  record.result.waited = 150ms;
  return record;
}

ProbeRecord bad() {
  ProbeRecord record{"http://svc/health", "http", "", {}};
  auto& check = record.result.check;
  check.outcome = Exit::failed;
  check.status = 503;
  check.reason = "Service Unavailable";
  check.error = "503 Service Unavailable";
  check.latency = 3ms;
  record.result.attempts = 1;
  return record;
}

std::string text_of(const std::vector<ProbeRecord>& records, bool color = false) {
  std::string out;
  append_probe_text(out, records, color);
  return out;
}

TEST(ProbeRecord, IsAlignedTextForPeople) {
  auto page = bad();
  page.target = "http://svc/";
  page.result.check = {};
  page.result.check.status = 204;
  page.result.check.reason = "No Content";
  page.result.check.latency = 900us;
  EXPECT_EQ(text_of({good(), bad(), page}),
            "ok    amqp://mq:5672/    login           12.3 ms  RabbitMQ 3.10.8\n"
            "FAIL  http://svc/health  503 Service Unavailable\n"
            "ok    http://svc/        204 No Content   0.9 ms\n");
}

TEST(ProbeRecord, IsOneLineWhateverTheNetworkSays) {
  auto record = bad();
  record.result.check.error = "a\nb\x1b[2J\xff";
  EXPECT_EQ(text_of({record}), "FAIL  http://svc/health  a\\nb\\x1b[2J\\xff\n");
}

TEST(ProbeRecord, IsColouredOnlyWhenAsked) {
  EXPECT_NE(text_of({good()}, true).find('\x1b'), std::string::npos);
  EXPECT_EQ(text_of({good()}, false).find('\x1b'), std::string::npos);
}

TEST(ProbeRecord, IsJsonWithWhatIsKnown) {
  std::string out;
  append_json_object(out, probe_fields(), good());
  EXPECT_EQ(out,
            R"({"target":"amqp://mq:5672/","kind":"amqp","level":"login","ok":true,)"
            R"("outcome":"ok","latency_ms":12.34,"connect_ms":1.5,"attempts":2,"waited_ms":150,)"
            R"("server":"RabbitMQ 3.10.8"})");
  out.clear();
  append_json_object(out, probe_fields(), bad());
  EXPECT_EQ(out, R"({"target":"http://svc/health","kind":"http","ok":false,"outcome":"failed",)"
                 R"("status":503,"reason":"Service Unavailable","error":"503 Service Unavailable",)"
                 R"("attempts":1,"waited_ms":0})");
}

}  // namespace
}  // namespace mscomm
