# Works until it gets SIGTERM, then cleans up.
trap 'echo "$LEADER_IDENTITY cleans up"; exit 0' TERM
echo "$LEADER_IDENTITY works on $LEADER_NAMESPACE/$LEADER_NAME with fencing token $LEADER_FENCING_TOKEN"
while :; do
  sleep 1 &
  wait $!
done
