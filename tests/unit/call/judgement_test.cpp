#include "core/call/judgement.h"

#include <gtest/gtest.h>

#include "core/telemetry/log.h"
#include "unit/contract/openapi_fixture.h"

namespace mscomm {
namespace {

using test::ApiFixture;

TEST(Judgement, NestedTooDeeplyIsToldWithTheRequestAndTheOption) {
  const ApiFixture api("3.0.3",
                       "paths: {/a: {get: {responses: {200: {description: a, content: "
                       "{application/json: {schema: {}}}}}}}}");
  HttpExchange exchange;
  exchange.request.method = "GET";
  exchange.request.url.text = exchange.request.url.shown = "http://localhost/a";
  exchange.response.status = 200;
  exchange.response.headers = {{"Content-Type", "application/json"}};
  HttpRecord record;
  record.body = std::string(2000, '[') + std::string(2000, ']');
  const auto files = std::make_shared<DocumentFiles>();
  Observer observer;
  const Log log(observer);
  Judgement::Demands demands;
  demands.openapi = api.path();
  EXPECT_STREQ(Judgement(demands, files, log)(exchange, record)->what(),
               "GET http://localhost/a: --openapi: response body: the value is nested too deeply "
               "to validate: more than 1000 levels");
  demands.openapi.reset();
  demands.schema = api.folder().write("schema.json", "{}");
  EXPECT_STREQ(Judgement(demands, files, log)(exchange, record)->what(),
               "GET http://localhost/a: --schema: the value is nested too deeply to validate: more "
               "than 1000 levels");
}

}  // namespace
}  // namespace mscomm
